"""Runs by way of the daemon: routing, listing, traces."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from arp_sdk.errors import ArpApiError
from arp_sdk.models import (
    InstanceCreateRequest,
    InstanceRegisterRequest,
    RunListResponse,
    RuntimeInstance,
    RuntimeProfileUpsertRequest,
    TraceLevel,
    TraceResponse,
)
from arp_sdk.sandbox import Gate, Sandbox, Wait
from sandbox.runs import ended, run_request
from support.clients import DaemonClient, RuntimeClient


@pytest.fixture
def external(daemon: DaemonClient, box: Sandbox) -> RuntimeInstance:
    request = InstanceRegisterRequest(
        runtime_api_endpoint=box.runtime_url, runtime_profile="external", runtime_name="other"
    )
    return daemon.register_instance(request).instance


def only_managed(daemon: DaemonClient) -> RuntimeInstance:
    (instance,) = [each for each in daemon.list_instances().instances if each.managed]
    return instance


def refused(caught: pytest.ExceptionInfo[ArpApiError]) -> tuple[int, str]:
    return caught.value.status_code, caught.value.code


@pytest.mark.parametrize(
    "selector",
    [
        {},
        {"runtime_profile": "default"},
        {"runtime_name": "arp-sandbox-runtime"},
        {"runtime_profile": "default", "runtime_name": "arp-sandbox-runtime"},
    ],
)
def test_managed_run(daemon: DaemonClient, selector: dict[str, str]) -> None:
    run = daemon.submit_run(run_request("What is (19*23)?", **selector))
    over = ended(daemon, run.run_id)
    result = daemon.get_run_result(run.run_id)

    assert run.runtime_instance_id == only_managed(daemon).instance_id
    assert (over.state, over.runtime_instance_id) == ("succeeded", run.runtime_instance_id)
    assert result.output == {"final_text": "19*23 = 437.0"}


@pytest.mark.parametrize("selector", [{"runtime_profile": "external"}, {"runtime_name": "other"}])
def test_external_run(
    daemon: DaemonClient,
    runtime: RuntimeClient,
    external: RuntimeInstance,
    selector: dict[str, str],
) -> None:
    run = daemon.submit_run(run_request("What is (19*23)?", **selector))
    over = ended(daemon, run.run_id)

    assert run.runtime_instance_id == over.runtime_instance_id == external.instance_id
    assert daemon.get_run_result(run.run_id) == runtime.get_run_result(run.run_id)
    assert daemon.get_run_trace(run.run_id) == TraceResponse()
    assert daemon.list_runs().runs == [over]


def test_run_at_an_address(daemon: DaemonClient, runtime: RuntimeClient, box: Sandbox) -> None:
    run = daemon.submit_run(run_request("hello", "run_1", runtime_api_endpoint=box.runtime_url))

    assert run.runtime_instance_id is None
    assert ended(daemon, "run_1") == runtime.get_run_status("run_1")


def test_the_idlest_instance_gets_the_run(box: Sandbox, daemon: DaemonClient) -> None:
    box.script("long", steps=[Wait(Gate())])
    daemon.create_instances(InstanceCreateRequest(runtime_profile="default", count=3))

    runs = [daemon.submit_run(run_request("long")) for _ in range(8)]

    by_instance = [run.runtime_instance_id for run in runs]
    assert len({*by_instance}) == 4
    assert all(by_instance.count(instance) == 2 for instance in by_instance)


def test_none_is_ready() -> None:
    with (
        Sandbox(instances=0) as box,
        DaemonClient(box.daemon_url, retries=0) as daemon,
        pytest.raises(ArpApiError) as caught,
    ):
        daemon.submit_run(run_request("hello"))

    assert refused(caught) == (409, "instances.no_ready")
    assert caught.value.details == {"runtime_profile": None, "runtime_name": None}


def test_none_of_those_that_fit_is_ready(box: Sandbox, daemon: DaemonClient) -> None:
    box.stop_instance(only_managed(daemon).instance_id)

    with pytest.raises(ArpApiError) as caught:
        daemon.submit_run(run_request("hello", runtime_profile="default"))

    assert refused(caught) == (409, "instances.no_ready")
    assert caught.value.details == {"runtime_profile": "default", "runtime_name": None}


@pytest.mark.parametrize(
    ("selector", "status", "code"),
    [
        ({"runtime_profile": "nothing"}, 404, "instances.not_found"),
        ({"runtime_name": "nothing"}, 404, "instances.not_found"),
        ({"instance_id": "nothing"}, 404, "instances.not_found"),
        ({"instance_id": "x", "runtime_api_endpoint": "http://127.0.0.1:1"}, 422, "unprocessable"),
        ({"runtime_api_endpoint": "http://example.com"}, 422, "unprocessable"),
        ({"runtime_api_endpoint": "http://127.0.0.1:1"}, 409, "runtime.unreachable"),
    ],
)
def test_selector_that_the_daemon_refuses(
    daemon: DaemonClient, selector: dict[str, str], status: int, code: str
) -> None:
    with pytest.raises(ArpApiError) as caught:
        daemon.submit_run(run_request("hello", "run_1", **selector))

    assert refused(caught) == (status, code)
    assert daemon.list_runs().runs == []


def test_instance_has_to_fit_the_rest_of_the_selector(daemon: DaemonClient) -> None:
    instance_id = only_managed(daemon).instance_id

    with pytest.raises(ArpApiError) as caught:
        daemon.submit_run(run_request("hello", instance_id=instance_id, runtime_profile="external"))

    assert refused(caught) == (404, "instances.not_found")


def test_error_of_an_external_runtime(
    box: Sandbox, daemon: DaemonClient, external: RuntimeInstance
) -> None:
    box.faults.add(operation="create_run", status=503, times=1)
    box.faults.add(operation="create_run", status=429, times=1)
    request = run_request("hello", instance_id=external.instance_id)

    with pytest.raises(ArpApiError) as bad:
        daemon.submit_run(request)
    with pytest.raises(ArpApiError) as limited:
        daemon.submit_run(request)

    assert refused(bad) == (502, "sandbox.fault")
    assert refused(limited) == (429, "sandbox.fault")
    assert bad.value.cause is not None and bad.value.cause["code"] == "sandbox.fault"
    assert daemon.list_runs().runs == []


@pytest.mark.parametrize("where", ["managed", "external"])
def test_repeated_run_id(
    box: Sandbox, daemon: DaemonClient, external: RuntimeInstance, where: str
) -> None:
    del external
    box.script("long", steps=[Wait(Gate())], queued=Gate())
    profile = "default" if where == "managed" else "external"
    request = run_request("long", "run_1", runtime_profile=profile)

    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: daemon.submit_run(request), range(24)))

    assert all(response == responses[0] for response in responses)
    assert daemon.submit_run(run_request("hello", "run_1")) == responses[0]
    assert [run.run_id for run in daemon.list_runs().runs] == ["run_1"]


def test_trace(daemon: DaemonClient) -> None:
    run = daemon.submit_run(run_request("what is love"))
    ended(daemon, run.run_id)

    events = daemon.get_run_trace(run.run_id).events

    assert events is not None
    assert [event.seq for event in events] == list(range(len(events)))
    assert {event.run_id for event in events} == {run.run_id}
    assert [(event.type, event.level) for event in events] == [
        ("flow_started", TraceLevel.INFO),
        ("step", TraceLevel.INFO),
        ("tool_call", TraceLevel.INFO),
        ("tool_result", TraceLevel.INFO),
        ("error", TraceLevel.ERROR),
        ("flow_completed", TraceLevel.ERROR),
    ]
    assert events[-1].data == {"status": "failed"}


def ids(page: RunListResponse) -> list[str]:
    return [run.run_id for run in page.runs]


def test_pages(daemon: DaemonClient) -> None:
    submitted = [daemon.submit_run(run_request("hello")).run_id for _ in range(5)]

    pages = [daemon.list_runs(page_size=2)]
    while (last := pages[-1].pagination) is not None and last.next_page_token is not None:
        pages.append(daemon.list_runs(page_size=2, page_token=last.next_page_token))

    assert [ids(page) for page in pages] == [submitted[:2], submitted[2:4], submitted[4:]]
    assert all(page.pagination and page.pagination.page_size == 2 for page in pages)
    assert ids(daemon.list_runs()) == submitted and daemon.list_runs().pagination is None


def test_pages_while_runs_are_submitted(daemon: DaemonClient) -> None:
    submitted = [daemon.submit_run(run_request("hello")).run_id for _ in range(3)]
    first = daemon.list_runs(page_size=2)
    submitted += [daemon.submit_run(run_request("hello")).run_id for _ in range(3)]
    assert first.pagination is not None

    rest = daemon.list_runs(page_token=first.pagination.next_page_token)

    assert ids(first) + ids(rest) == submitted


def test_page_that_ends_with_the_list(daemon: DaemonClient) -> None:
    for _ in range(2):
        daemon.submit_run(run_request("hello"))

    page = daemon.list_runs(page_size=2)

    assert page.pagination is not None and page.pagination.next_page_token is None


@pytest.mark.parametrize(
    "token", ["x", "", "a b&c", "0", "-1", "2", "01", "1e0", "9" * 5000, "\u00fc", "\u0661"]
)
def test_unknown_page_token(daemon: DaemonClient, token: str) -> None:
    for _ in range(2):
        daemon.submit_run(run_request("hello"))

    with pytest.raises(ArpApiError) as caught:
        daemon.list_runs(page_token=token)

    assert (caught.value.status_code, caught.value.code) == (422, "invalid_page_token")


def test_profile_of_an_instance_that_goes_on(daemon: DaemonClient) -> None:
    daemon.upsert_runtime_profile("mine", RuntimeProfileUpsertRequest(description="x"))
    daemon.create_instances(InstanceCreateRequest(runtime_profile="mine"))
    daemon.delete_runtime_profile("mine")

    run = daemon.submit_run(run_request("hello", runtime_profile="mine"))

    assert ended(daemon, run.run_id).state == "succeeded"
