"""Runs submitted through a daemon."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from arp_sdk.core import HttpRequest
from arp_sdk.errors import ArpApiError
from arp_sdk.models import (
    RunRequest,
    RunRequestInput,
    RunRequestRuntimeSelector,
    RunState,
    RunStatus,
    RuntimeInstance,
    TraceLevel,
    TraceResponse,
)
from first_party import services
from first_party.targets import ended, only_first_party, per_target
from support.clients import DaemonClient

NO_SUCH_INSTANCE = (404, "instances.not_found")


def run_request(
    goal: str, selector: RunRequestRuntimeSelector | None = None, run_id: str | None = None
) -> RunRequest:
    return RunRequest(
        run_id=run_id or f"run-{uuid4().hex}",
        input=RunRequestInput(goal=goal),
        runtime_selector=selector,
    )


def submit(daemon: DaemonClient, goal: str, instance: RuntimeInstance) -> RunStatus:
    selector = RunRequestRuntimeSelector(instance_id=instance.instance_id)
    return ended(daemon, daemon.submit_run(run_request(goal, selector)))


@pytest.mark.usefixtures("external")
def test_submit_without_a_selector(daemon: DaemonClient) -> None:
    status = ended(daemon, daemon.submit_run(RunRequest(input=RunRequestInput(goal="hello"))))

    assert status.state is RunState.SUCCEEDED
    assert status.runtime_instance_id is not None


def test_submit_by_profile(daemon: DaemonClient, managed: RuntimeInstance) -> None:
    selector = RunRequestRuntimeSelector(runtime_profile=managed.runtime_profile)

    status = daemon.submit_run(run_request("hello", selector))

    assert status.runtime_instance_id == managed.instance_id


def test_submit_by_instance(
    daemon: DaemonClient, managed: RuntimeInstance, external: RuntimeInstance
) -> None:
    for instance in (managed, external):
        assert submit(daemon, "hello", instance).runtime_instance_id == instance.instance_id


def test_submit_by_endpoint(daemon: DaemonClient, runtime_url: str) -> None:
    selector = RunRequestRuntimeSelector(runtime_api_endpoint=runtime_url)

    status = ended(daemon, daemon.submit_run(run_request("hello", selector)))

    assert status.state is RunState.SUCCEEDED
    assert status.runtime_instance_id is None


@only_first_party
def test_whole_request_arrives(
    daemon: DaemonClient, first_party_daemon: services.Service, external: RuntimeInstance
) -> None:
    sent = {
        "run_id": f"run-{uuid4().hex}",
        "input": {
            "goal": "hello",
            "context": {"empty": {}, "none": None, "list": [1, 2.5, True]},
            "data": {},
        },
        "runtime_selector": {"instance_id": external.instance_id},
        "tool_policy": {"allow_tool_ids": [], "deny_tool_ids": ["tool_calc"]},
        "limits": {"timeout_ms": 0, "max_steps": 1, "max_tokens": 1},
        "metadata": {"labels": {"team": "gr\u00fc\u00df"}, "annotations": {}},
        "extensions": {"org.key": [{"deep": None}]},
    }

    daemon.submit_run(RunRequest.from_dict(sent))

    kept = first_party_daemon.folder / "data" / "runs" / str(sent["run_id"]) / "request.json"
    received = json.loads(kept.read_text(encoding="utf-8"))
    assert received.pop("runtime_selector")["instance_id"] == external.instance_id
    assert received == {name: value for name, value in sent.items() if name != "runtime_selector"}


def test_get_run_status(daemon: DaemonClient, managed: RuntimeInstance) -> None:
    submitted = submit(daemon, "hello", managed)

    assert daemon.get_run_status(submitted.run_id) == submitted


@pytest.mark.parametrize(
    ("goal", "text"), [("What is (19*23)?", "19*23 = 437.0"), ("hello", "Done.")]
)
def test_get_run_result(
    daemon: DaemonClient, managed: RuntimeInstance, goal: str, text: str
) -> None:
    submitted = submit(daemon, goal, managed)

    result = daemon.get_run_result(submitted.run_id)

    assert result.ok is True
    assert result.output is not None and result.output["final_text"] == text


def test_failed_run(daemon: DaemonClient, managed: RuntimeInstance) -> None:
    submitted = submit(daemon, "what is love", managed)
    result = daemon.get_run_result(submitted.run_id)

    assert submitted.state is RunState.FAILED
    assert result.ok is False
    assert result.error is not None and result.error.code == "flow.failed"


def test_get_run_trace(daemon: DaemonClient, managed: RuntimeInstance, target: str) -> None:
    submitted = submit(daemon, "what is love", managed)

    trace = daemon.get_run_trace(submitted.run_id)

    assert (trace.trace_uri or "").startswith(per_target(target, "file://", ""))
    assert (trace.trace_uri is None) is per_target(target, False, True)
    assert trace.events is not None
    assert [event.seq for event in trace.events] == list(range(len(trace.events)))
    assert {event.run_id for event in trace.events} == {submitted.run_id}
    assert trace.events[0].type == "flow_started"
    assert trace.events[0].level is TraceLevel.INFO
    assert trace.events[-1].type == "flow_completed"
    assert trace.events[-1].level is TraceLevel.ERROR
    assert trace.events[0].time <= trace.events[-1].time
    assert trace.events[-1].data is not None
    assert trace.events[-1].data["status"] == "failed"


def test_empty_trace(daemon: DaemonClient, external: RuntimeInstance) -> None:
    submitted = submit(daemon, "hello", external)

    assert daemon.get_run_trace(submitted.run_id) == TraceResponse()
    assert daemon.get_run_trace("no-such-run") == TraceResponse()


@only_first_party
def test_trace_that_the_daemon_cannot_encode(daemon_url: str, managed: RuntimeInstance) -> None:
    with DaemonClient(daemon_url) as client:
        submitted = submit(client, "What is (1e999)?", managed)
        assert client.get_run_result(submitted.run_id).ok is True

        with pytest.raises(ArpApiError) as caught:
            client.get_run_trace(submitted.run_id)

    assert caught.value.status_code == 500
    assert caught.value.headers["content-type"].startswith("text/plain")
    assert "Internal Server Error" in caught.value.message


@only_first_party
def test_submit_after_the_daemon_has_dropped_the_connection(
    daemon_url: str, managed: RuntimeInstance
) -> None:
    with DaemonClient(daemon_url) as client:
        submitted = submit(client, "What is (1e999)?", managed)
        for _ in range(5):
            # The daemon closes the connection after this answer, without having said so.
            with pytest.raises(ArpApiError):
                client.get_run_trace(submitted.run_id)

            assert submit(client, "hello", managed).state is RunState.SUCCEEDED


def test_body_that_the_daemon_cannot_read(daemon_url: str, target: str) -> None:
    def mislabel(request: HttpRequest) -> None:
        request.headers["Content-Type"] = "text/plain"

    with (
        DaemonClient(daemon_url, on_request=mislabel) as client,
        pytest.raises(ArpApiError) as caught,
    ):
        client.submit_run(run_request("hello"))

    status, text, raw = per_target(
        target,
        (422, "Input should be a valid dictionary", b'"detail"'),
        (415, "Declare the body as Content-Type: application/json", b'"unsupported_media_type"'),
    )
    assert caught.value.status_code == status
    assert text in caught.value.message
    assert raw in caught.value.raw


@pytest.mark.parametrize("operation", ["get_run_status", "get_run_result"])
def test_unknown_run(daemon: DaemonClient, operation: str) -> None:
    with pytest.raises(ArpApiError) as caught:
        getattr(daemon, operation)("no-such-run")

    assert str(caught.value) == "[404] not_found: Unknown run_id: no-such-run"


@only_first_party
@pytest.mark.parametrize("operation", ["get_run_status", "get_run_result", "get_run_trace"])
def test_run_id_that_the_daemon_cannot_route(daemon: DaemonClient, operation: str) -> None:
    with pytest.raises(ArpApiError) as caught:
        getattr(daemon, operation)("a/b")

    assert caught.value.status_code == 404
    assert "Not Found" in caught.value.message


def test_submit_when_none_is_ready(daemon: DaemonClient, dead: RuntimeInstance) -> None:
    selector = RunRequestRuntimeSelector(runtime_profile=dead.runtime_profile)

    with pytest.raises(ArpApiError) as caught:
        daemon.submit_run(run_request("hello", selector))

    assert (caught.value.status_code, caught.value.code) == (409, "instances.no_ready")
    assert caught.value.details == {"runtime_profile": "dead", "runtime_name": None}


def test_submit_to_an_instance_that_is_not_ready(
    daemon: DaemonClient, dead: RuntimeInstance
) -> None:
    with pytest.raises(ArpApiError) as caught:
        submit(daemon, "hello", dead)

    assert (caught.value.status_code, caught.value.code) == (409, "instances.not_ready")
    assert caught.value.details == {"state": "error"}


@pytest.mark.parametrize(
    ("selector", "refusals"),
    [
        ({"runtime_profile": "no-such-profile"}, [NO_SUCH_INSTANCE, NO_SUCH_INSTANCE]),
        ({"runtime_name": "no-such-runtime"}, [NO_SUCH_INSTANCE, NO_SUCH_INSTANCE]),
        ({"instance_id": "no-such-instance"}, [NO_SUCH_INSTANCE, NO_SUCH_INSTANCE]),
        (
            {"instance_id": "x", "runtime_api_endpoint": "http://127.0.0.1:1"},
            [(400, "bad_request"), (422, "unprocessable")],
        ),
        (
            {"runtime_api_endpoint": "http://127.0.0.1:1"},
            [(500, "internal_error"), (409, "runtime.unreachable")],
        ),
    ],
)
def test_submit_with_a_selector_that_the_daemon_refuses(
    daemon: DaemonClient,
    selector: dict[str, str],
    refusals: list[tuple[int, str]],
    target: str,
) -> None:
    request = run_request("hello", RunRequestRuntimeSelector.from_dict(selector))

    with pytest.raises(ArpApiError) as caught:
        daemon.submit_run(request)

    assert (caught.value.status_code, caught.value.code) == per_target(target, *refusals)
