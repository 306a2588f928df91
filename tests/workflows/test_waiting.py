"""Waiting for a run survives transient failures, and returns its result or raises its failure."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from arp_sdk.core._auth import Credentials
from arp_sdk.core._call.effects import Pause, Reauthorize, Steps
from arp_sdk.core._workflows.polling import Waiting, poll
from arp_sdk.core._workflows.steps import Caller, Waits
from arp_sdk.daemon import operations
from arp_sdk.errors import (
    ArpApiError,
    ArpRunFailed,
    ArpValidationError,
    ArpWaitTimeoutError,
)
from arp_sdk.models import RunRequest, RunRequestInput, RunState, RunStatus
from support.clients import DaemonClient, RuntimeClient
from support.server import (
    SILENCE,
    Received,
    Reply,
    Response,
    Server,
    error_reply,
    json_reply,
)


def status(state: str, run_id: str = "r", **fields: Any) -> Reply:
    return json_reply({"run_id": run_id, "state": state, **fields})


SHARED = pytest.mark.threads_only("the code is shared")
RESULT = json_reply({"run_id": "r", "ok": True, "output": {"text": "done"}})
FAILED = json_reply({"run_id": "r", "ok": False, "error": {"code": "c", "message": "why"}})


def test_waiting_returns_the_final_status(server: Server) -> None:
    server.plan(status("queued"), status("running"), status("running"), status("succeeded"))
    seen: list[str] = []
    with DaemonClient(server.url) as daemon:
        last = daemon.wait_for_run("r", on_update=lambda s: seen.append(s.state.value))
    assert last.state is RunState.SUCCEEDED
    assert seen == ["queued", "running", "succeeded"]


@SHARED
@pytest.mark.parametrize("state", ["succeeded", "failed", "canceled"])
def test_a_run_that_has_ended_is_polled_once(server: Server, state: str) -> None:
    server.plan(status(state))
    with RuntimeClient(server.url) as runtime:
        assert runtime.wait_for_run("r").state == state
    assert len(server.requests) == 1


@SHARED
def test_an_unknown_state_is_not_final(server: Server) -> None:
    server.plan(status("paused"), status("succeeded"))
    with DaemonClient(server.url) as daemon:
        assert daemon.wait_for_run("r").state is RunState.SUCCEEDED


def test_transient_failures_do_not_end_the_wait(server: Server) -> None:
    server.plan(status("running"), error_reply(500), error_reply(503), status("succeeded"))
    with DaemonClient(server.url, retries=0) as daemon:
        assert daemon.wait_for_run("r").state is RunState.SUCCEEDED


@SHARED
@pytest.mark.parametrize("code", [400, 401, 403, 404, 410])
def test_a_permanent_error_is_raised(server: Server, code: int) -> None:
    server.plan(status("running"), error_reply(code))
    with DaemonClient(server.url, retries=0) as daemon, pytest.raises(ArpApiError):
        daemon.wait_for_run("r")


def test_a_service_that_stays_unavailable_ends_the_wait(server: Server) -> None:
    server.plan(status("running"), error_reply(500))
    with DaemonClient(server.url, retries=0, deadline=0.2) as daemon:
        with pytest.raises(ArpApiError, match=r"\[500\]"):
            daemon.wait_for_run("r")
    assert len(server.requests) > 2


def test_a_timeout_has_the_last_status_and_does_not_cancel_the_run(server: Server) -> None:
    server.plan(status("running"))
    with DaemonClient(server.url) as daemon, pytest.raises(ArpWaitTimeoutError) as caught:
        daemon.wait_for_run("r", timeout=0.5)
    last = caught.value.last
    assert isinstance(last, RunStatus)
    assert last.state is RunState.RUNNING
    assert isinstance(caught.value, TimeoutError)
    assert not caught.value.canceled
    assert {request.method for request in server.requests} == {"GET"}
    assert pickle.loads(pickle.dumps(caught.value)).last == last


def pauses_of(waits: Waits, until: float) -> list[tuple[float, float]]:
    """Poll something that never ends, on a clock that only pauses advance: times and pauses."""

    def call(*_: Any, **__: Any) -> Steps[Any]:
        return (yield Reauthorize(Credentials()))

    def watch(*_: Any, **__: Any) -> Any:
        raise NotImplementedError

    running = RunStatus(run_id="r", state=RunState.RUNNING)
    now = 0.0
    caller = Caller(call, lambda: now, watch, waits)
    get = operations.GET_RUN_STATUS
    steps = poll(caller, get, ("r",), lambda _: False, Waiting(), None, "r", running)
    found: list[tuple[float, float]] = []
    effect: Any = next(steps)
    while now < until:
        if isinstance(effect, Pause):
            found.append((now, effect.seconds))
            now += effect.seconds
            effect = steps.send(None)
        else:
            effect = steps.send(running)
    steps.close()
    return found


@SHARED
def test_polls_are_late_by_a_small_share_of_the_time_waited() -> None:
    waits = Waits()
    found = pauses_of(waits, 15.0)
    assert found[0][1] <= 0.005
    assert all(pause <= 0.015 + 0.025 * age for age, pause in found)
    assert len(found) < 150
    assert max(pause for _, pause in pauses_of(waits, 300.0)) <= 1.0
    assert waits.polling == 0


@SHARED
def test_many_waits_share_a_limit_of_polls() -> None:
    found = pauses_of(Waits(polling=9_999), 120.0)
    assert all(18.0 <= pause <= 20.0 for _, pause in found[1:])


def test_run_returns_the_result(server: Server) -> None:
    server.plan(status("queued"), status("running"), status("succeeded"), RESULT)
    with DaemonClient(server.url) as daemon:
        result = daemon.run("say hello")
    assert result.output == {"text": "done"}
    assert server.requests[0].json["input"] == {"goal": "say hello"}
    assert server.targets[1:] == ["GET /v1/runs/r", "GET /v1/runs/r", "GET /v1/runs/r/result"]


@SHARED
def test_run_takes_a_complete_request(server: Server) -> None:
    server.plan(status("succeeded"), RESULT)
    request = RunRequest(run_id="r", input=RunRequestInput(goal="g", context={"a": 1}))
    with RuntimeClient(server.url) as runtime:
        assert runtime.run(request).ok
    assert server.requests[0].json == {"run_id": "r", "input": {"goal": "g", "context": {"a": 1}}}


def test_a_failed_run_raises_an_error_with_its_result(server: Server) -> None:
    server.plan(status("failed"), FAILED)
    with DaemonClient(server.url) as daemon, pytest.raises(ArpRunFailed) as caught:
        daemon.run("g")
    assert str(caught.value) == "run r failed: c: why"
    assert caught.value.result is not None
    assert caught.value.result.error is not None
    assert caught.value.status.state is RunState.FAILED
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.result) == (str(caught.value), caught.value.result)


@SHARED
def test_a_failed_run_is_returned_on_request(server: Server) -> None:
    server.plan(status("failed"), FAILED)
    with DaemonClient(server.url) as daemon:
        assert not daemon.run("g", check=False).ok


@SHARED
@pytest.mark.parametrize("check", [True, False])
def test_a_canceled_run_without_a_result_raises(server: Server, check: bool) -> None:
    server.plan(status("canceled"), error_reply(404))
    with DaemonClient(server.url) as daemon, pytest.raises(ArpRunFailed) as caught:
        daemon.run("g", check=check)
    assert caught.value.result is None
    assert str(caught.value) == "run r canceled"


@SHARED
def test_an_invalid_request_is_refused_before_anything_is_sent(server: Server) -> None:
    with DaemonClient(server.url) as daemon, pytest.raises(ArpValidationError):
        daemon.run(RunRequest(input=RunRequestInput(goal=7)))  # type: ignore[arg-type]
    assert server.requests == []


def test_a_timeout_cancels_the_run_on_request(server: Server) -> None:
    server.plan(lambda r: status("canceled" if r.target.endswith(":cancel") else "running"))
    with RuntimeClient(server.url) as runtime, pytest.raises(ArpWaitTimeoutError) as caught:
        runtime.run("g", timeout=0.5, cancel_on_timeout=True)
    assert caught.value.canceled
    assert server.targets[-1] == "POST /v1/runs/r:cancel"


@SHARED
def test_a_refused_cancellation_is_not_another_error(server: Server) -> None:
    server.plan(lambda r: error_reply(409) if r.target.endswith(":cancel") else status("running"))
    with RuntimeClient(server.url) as runtime, pytest.raises(ArpWaitTimeoutError) as caught:
        runtime.run("g", timeout=0.5, cancel_on_timeout=True)
    assert not caught.value.canceled


@SHARED
def test_a_late_result_is_a_timeout_with_the_status(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arp_sdk.core._workflows.long_running.GRACE_SECONDS", 0.1)

    def respond(request: Received) -> Response:
        return SILENCE if request.target.endswith("/result") else status("succeeded")

    server.plan(respond)
    with DaemonClient(server.url, retries=0) as daemon:
        with pytest.raises(ArpWaitTimeoutError) as caught:
            daemon.run("g", timeout=0.5)
    assert caught.value.last.state is RunState.SUCCEEDED


@pytest.mark.threads_only("a task is canceled instead: tests/cancellation")
def test_ctrl_c_leaves_a_usable_client(server: Server) -> None:
    server.plan(status("running"))

    def interrupt(_: RunStatus) -> None:
        raise KeyboardInterrupt

    with DaemonClient(server.url) as daemon:
        with pytest.raises(KeyboardInterrupt):
            daemon.wait_for_run("r", on_update=interrupt)
        server.plan(status("succeeded"))
        assert daemon.wait_for_run("r").state is RunState.SUCCEEDED
