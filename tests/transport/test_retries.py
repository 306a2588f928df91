"""Requests are retried only where that cannot repeat an effect, and within limits."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from arp_sdk.core import Options, Retries
from arp_sdk.core._call.budget import Budget
from arp_sdk.core._call.retry import pause_before
from arp_sdk.core._http.messages import Failure
from arp_sdk.errors import ArpApiError, ArpConnectionError
from arp_sdk.models import (
    InstanceCreateRequest,
    RunRequest,
    RunRequestInput,
    RuntimeProfileUpsertRequest,
    ToolInvocationRequest,
)
from support.clients import FAST, DaemonClient, RuntimeClient, ToolRegistryClient
from support.server import HANG_UP, Reply, Server, error_reply, json_reply, serving

SHARED = pytest.mark.threads_only("the code is shared")
RUNS = json_reply({"runs": []})
RUN = json_reply({"run_id": "r", "state": "queued"}, 202)
INVOKED = json_reply({"invocation_id": "i", "ok": True})
REQUEST = RunRequest(input=RunRequestInput(goal="g"))
INVOCATION = ToolInvocationRequest(invocation_id="i", tool_name="t", args={})


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_a_get_is_retried(server: Server, status: int) -> None:
    server.plan(error_reply(status), error_reply(status), RUNS)
    with DaemonClient(server.url, retries=FAST) as daemon:
        assert daemon.raw.list_runs().attempts == 3


@SHARED
@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 422, 500, 501, 505])
def test_other_errors_are_final(server: Server, status: int) -> None:
    server.plan(error_reply(status), RUNS)
    with DaemonClient(server.url, retries=FAST) as daemon, pytest.raises(ArpApiError):
        daemon.list_runs()
    assert len(server.requests) == 1


@SHARED
@pytest.mark.parametrize("status", [400, 409, 500])
def test_an_envelope_may_ask_for_a_retry(server: Server, status: int) -> None:
    server.plan(error_reply(status, retryable=True), RUNS)
    with DaemonClient(server.url, retries=FAST) as daemon:
        assert daemon.raw.list_runs().attempts == 2


def test_put_and_delete_are_retried(server: Server) -> None:
    server.plan(error_reply(503), json_reply({"runtime_profile": "p"}))
    with DaemonClient(server.url, retries=FAST) as daemon:
        daemon.upsert_runtime_profile("p", RuntimeProfileUpsertRequest())
        server.plan(error_reply(502), Reply(204))
        daemon.delete_instance("i")
    assert len(server.requests) == 4


@SHARED
@pytest.mark.parametrize("status", [408, 500, 502, 504])
def test_a_plain_post_is_not_retried(server: Server, status: int) -> None:
    server.plan(error_reply(status, retryable=True), INVOKED)
    with ToolRegistryClient(server.url, retries=FAST) as registry, pytest.raises(ArpApiError):
        registry.invoke_tool(INVOCATION)
    assert len(server.requests) == 1


@SHARED
@pytest.mark.parametrize("reply", [error_reply(429), json_reply({}, 503, Retry_After="0")])
def test_a_plain_post_that_was_rejected_is_retried(server: Server, reply: Reply) -> None:
    server.plan(reply, INVOKED)
    with ToolRegistryClient(server.url, retries=FAST) as registry:
        assert registry.raw.invoke_tool(INVOCATION).attempts == 2


@SHARED
def test_a_503_without_retry_after_may_have_taken_effect(server: Server) -> None:
    server.plan(error_reply(503), json_reply({"instances": []}))
    with DaemonClient(server.url, retries=FAST) as daemon, pytest.raises(ArpApiError):
        daemon.create_instances(InstanceCreateRequest(runtime_profile="p"))
    assert len(server.requests) == 1


@SHARED
def test_the_caller_may_declare_a_tool_idempotent(server: Server) -> None:
    server.plan(error_reply(502), INVOKED)
    with ToolRegistryClient(server.url, retries=FAST) as registry:
        registry.with_options(idempotent=True).invoke_tool(INVOCATION)
    assert len(server.requests) == 2


def submit(url: str) -> str:
    with DaemonClient(url, retries=FAST) as daemon:
        return daemon.submit_run(REQUEST).run_id


def create(url: str) -> str:
    with RuntimeClient(url, retries=FAST) as runtime:
        return runtime.create_run(REQUEST).run_id


@pytest.mark.parametrize("send", [submit, create])
def test_a_run_that_the_look_up_finds_is_not_sent_again(
    server: Server, send: Callable[[str], str]
) -> None:
    server.plan(
        error_reply(504), lambda r: json_reply({"run_id": r.target[9:], "state": "running"})
    )
    run_id = send(server.url)
    chosen = server.requests[0].json["run_id"]
    assert run_id == chosen
    assert server.targets == ["POST /v1/runs", f"GET /v1/runs/{chosen}"]


@SHARED
@pytest.mark.parametrize("send", [submit, create])
def test_a_run_that_the_look_up_does_not_find_is_sent_again(
    server: Server, send: Callable[[str], str]
) -> None:
    server.plan(error_reply(502), error_reply(404), RUN)
    send(server.url)
    first, _, last = server.requests
    assert first.json["run_id"].startswith("run_")
    assert first.body == last.body


@SHARED
def test_after_a_504_the_run_is_only_looked_up(server: Server) -> None:
    server.plan(error_reply(504, "gateway"), error_reply(404))
    with DaemonClient(server.url, retries=FAST) as daemon, pytest.raises(ArpApiError) as caught:
        daemon.submit_run(REQUEST)
    assert caught.value.code == "gateway"
    assert [request.method for request in server.requests] == ["POST", "GET", "GET", "GET"]


@SHARED
def test_a_run_that_appears_late_is_found(server: Server) -> None:
    running = json_reply({"run_id": "r", "state": "running"})
    server.plan(error_reply(504), error_reply(404), error_reply(404), running)
    with DaemonClient(server.url, retries=FAST) as daemon:
        assert daemon.submit_run(REQUEST).state == "running"
    assert [request.method for request in server.requests] == ["POST", "GET", "GET", "GET"]


@SHARED
@pytest.mark.parametrize("status", [400, 401, 403, 405, 410, 500, 501])
def test_an_inconclusive_look_up_leaves_the_first_error(server: Server, status: int) -> None:
    server.plan(error_reply(504, "gateway"), error_reply(status, "lookup"))
    with DaemonClient(server.url, retries=FAST) as daemon, pytest.raises(ArpApiError) as caught:
        daemon.submit_run(REQUEST)
    assert caught.value.code == "gateway"
    assert [request.method for request in server.requests] == ["POST", "GET"]
    assert caught.value.effect_id == server.requests[0].json["run_id"]


@SHARED
def test_a_look_up_is_itself_retried(server: Server) -> None:
    server.plan(error_reply(504), error_reply(503), json_reply({"run_id": "r", "state": "queued"}))
    with DaemonClient(server.url, retries=FAST) as daemon:
        response = daemon.raw.submit_run(REQUEST)
    assert [request.method for request in server.requests] == ["POST", "GET", "GET"]
    assert response.attempts == 3


@SHARED
def test_the_run_id_of_the_caller_is_kept(server: Server) -> None:
    server.plan(RUN)
    mine = RunRequest(run_id="mine", input=RunRequestInput(goal="g"))
    with DaemonClient(server.url) as daemon:
        daemon.submit_run(mine)
        daemon.submit_run(REQUEST)
    assert server.requests[0].json["run_id"] == "mine"
    assert server.requests[1].json["run_id"] != "mine"
    assert REQUEST.run_id is None


@SHARED
def test_run_ids_are_never_chosen_twice(server: Server) -> None:
    server.plan(RUN)
    with DaemonClient(server.url) as daemon:
        for _ in range(20):
            daemon.submit_run(REQUEST)
    assert len({request.json["run_id"] for request in server.requests}) == 20


@SHARED
def test_the_number_of_retries_is_limited(server: Server) -> None:
    server.plan(error_reply(503))
    for limit in (0, 1, 4):
        before = len(server.requests)
        retries = Retries(limit=limit, backoff=0.001)
        with DaemonClient(server.url, retries=retries) as daemon:
            with pytest.raises(ArpApiError) as caught:
                daemon.list_runs()
        assert len(server.requests) - before == limit + 1 == caught.value.attempts


def test_a_refused_connection_is_retried_for_a_post_too() -> None:
    with DaemonClient("http://127.0.0.1:1", retries=FAST) as daemon:
        with pytest.raises(ArpConnectionError) as caught:
            daemon.create_instances(InstanceCreateRequest(runtime_profile="p"))
    assert caught.value.attempts == 4
    assert not caught.value.sent


@SHARED
def test_the_client_does_not_wait_for_a_retry_after_beyond_the_limit(server: Server) -> None:
    server.plan(json_reply({}, 503, Retry_After="3600"))
    with DaemonClient(server.url, retries=FAST) as daemon, pytest.raises(ArpApiError) as caught:
        daemon.list_runs()
    assert caught.value.retry_after == 3600
    assert len(server.requests) == 1


@SHARED
def test_the_client_does_not_wait_for_a_retry_after_beyond_the_deadline(server: Server) -> None:
    server.plan(json_reply({}, 503, Retry_After="5"))
    with DaemonClient(server.url, deadline=2) as daemon, pytest.raises(ArpApiError):
        daemon.list_runs()
    assert len(server.requests) == 1


@SHARED
def test_backoff_is_jittered_and_capped() -> None:
    options = Options(retries=Retries(backoff=1.0, backoff_limit=5.0))
    failure = Failure("timeout", "slow", sent=True)
    for retry in range(12):
        ceiling = min(5.0, 2.0**retry)
        waits = [pause_before(options, retry, failure) or 0.0 for _ in range(300)]
        assert 0 <= min(waits) < ceiling * 0.2
        assert ceiling * 0.8 < max(waits) <= ceiling


@SHARED
def test_a_budget_runs_out_and_is_earned_back() -> None:
    budget = Budget(reserve=2, refill=0.5)
    assert [budget.spend() for _ in range(3)] == [True, True, False]
    budget.earn()
    assert not budget.spend()
    budget.earn()
    assert budget.spend()
    for _ in range(100):
        budget.earn()
    assert [budget.spend() for _ in range(3)] == [True, True, False]


def test_a_failing_service_is_not_flooded_with_retries(server: Server) -> None:
    server.plan(error_reply(503))
    with DaemonClient(server.url, retries=FAST) as daemon:
        for _ in range(40):
            with pytest.raises(ArpApiError):
                daemon.list_runs()
    assert 40 < len(server.requests) <= 40 + 64


def test_a_plain_post_through_a_proxy_is_not_retried(server: Server) -> None:
    server.plan(HANG_UP, INVOKED)
    url = "http://registry.invalid"
    with ToolRegistryClient(url, proxies={"http": server.url}, retries=FAST) as registry:
        with pytest.raises(ArpConnectionError) as caught:
            registry.invoke_tool(INVOCATION)
    assert caught.value.sent
    assert len(server.requests) == 1


def test_a_run_that_was_sent_through_a_proxy_is_looked_up(server: Server) -> None:
    server.plan(HANG_UP, json_reply({"run_id": "r", "state": "running"}))
    with DaemonClient("http://d.invalid", proxies={"http": server.url}, retries=FAST) as daemon:
        daemon.submit_run(REQUEST)
    assert [request.method for request in server.requests] == ["POST", "GET"]


@pytest.mark.parametrize("earlier", [ConnectionRefusedError(), TimeoutError()])
def test_an_exception_that_the_caller_is_handling_has_no_influence(
    server: Server, earlier: Exception
) -> None:
    server.plan(HANG_UP, INVOKED)
    with ToolRegistryClient(server.url, retries=FAST) as registry:
        try:
            raise earlier
        except OSError:
            with pytest.raises(ArpConnectionError) as caught:
                registry.invoke_tool(INVOCATION)
    assert caught.value.sent
    assert len(server.requests) == 1


def test_a_request_that_may_have_arrived_once_counts_as_sent() -> None:
    with serving() as server:
        url = server.url
        server.plan(HANG_UP)
        with ToolRegistryClient(url, retries=FAST, idempotent=True) as registry:
            with pytest.raises(ArpConnectionError) as caught:
                registry.with_options(
                    on_request=lambda _: server.stop() if server.requests else None
                ).invoke_tool(INVOCATION)
    assert caught.value.sent
