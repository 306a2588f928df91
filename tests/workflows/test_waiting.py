"""A run is waited for, through what passes, and its result or its failure comes back."""

from __future__ import annotations

import pickle
import time
from typing import Any

import pytest

from arp_sdk.core._auth import Credentials
from arp_sdk.core._call.effects import Pause, Reauthorize, Steps
from arp_sdk.core._workflows.long_running import Waiting, poll
from arp_sdk.core._workflows.steps import Caller
from arp_sdk.daemon import operations
from arp_sdk.errors import (
    ArpApiError,
    ArpConnectionError,
    ArpRunFailed,
    ArpValidationError,
    ArpWaitTimeoutError,
)
from arp_sdk.models import RunRequest, RunRequestInput, RunState, RunStatus
from support.clients import DaemonClient, RuntimeClient
from support.server import Received, Reply, Server, error_reply, json_reply


def status(state: str, run_id: str = "r", **fields: Any) -> Reply:
    return json_reply({"run_id": run_id, "state": state, **fields})


RESULT = json_reply({"run_id": "r", "ok": True, "output": {"text": "done"}})
FAILED = json_reply({"run_id": "r", "ok": False, "error": {"code": "c", "message": "why"}})


def test_waiting_returns_the_final_status(server: Server) -> None:
    server.plan(status("queued"), status("running"), status("running"), status("succeeded"))
    seen: list[str] = []
    with DaemonClient(server.url) as daemon:
        last = daemon.wait_for_run("r", on_update=lambda s: seen.append(s.state.value))
    assert last.state is RunState.SUCCEEDED
    assert seen == ["queued", "running", "succeeded"]


@pytest.mark.parametrize("state", ["succeeded", "failed", "canceled"])
def test_what_has_ended_is_not_waited_for(server: Server, state: str) -> None:
    server.plan(status(state))
    with RuntimeClient(server.url) as runtime:
        assert runtime.wait_for_run("r").state == state
    assert len(server.requests) == 1


def test_a_state_of_a_newer_service_is_waited_through(server: Server) -> None:
    server.plan(status("paused"), status("succeeded"))
    with DaemonClient(server.url) as daemon:
        assert daemon.wait_for_run("r").state is RunState.SUCCEEDED


def test_failures_that_pass_are_ridden_out(server: Server) -> None:
    server.plan(status("running"), error_reply(500), error_reply(503), status("succeeded"))
    with DaemonClient(server.url, retries=0) as daemon:
        assert daemon.wait_for_run("r").state is RunState.SUCCEEDED


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410])
def test_an_error_that_stays_is_raised(server: Server, code: int) -> None:
    server.plan(status("running"), error_reply(code))
    with DaemonClient(server.url, retries=0) as daemon, pytest.raises(ArpApiError):
        daemon.wait_for_run("r")


def _one_call(*_: Any, **__: Any) -> Steps[Any]:
    return (yield Reauthorize(Credentials()))


_caller = Caller(_one_call, time.monotonic)


def test_a_service_that_stays_away_is_given_up() -> None:
    waiting = Waiting(patience=0.0)
    flow = poll(_caller, operations.GET_RUN_STATUS, ("r",), bool, waiting, None, "run r")
    effect: Any = next(flow)
    with pytest.raises(ArpConnectionError):
        for _ in range(10):
            if isinstance(effect, Pause):
                effect = flow.send(None)
            else:
                effect = flow.throw(ArpConnectionError("gone"))


def test_a_timeout_leaves_the_run_alone_and_tells_its_status(server: Server) -> None:
    server.plan(status("running"))
    with DaemonClient(server.url) as daemon, pytest.raises(ArpWaitTimeoutError) as caught:
        daemon.wait_for_run("r", timeout=0.2)
    last = caught.value.last
    assert isinstance(last, RunStatus)
    assert last.state is RunState.RUNNING
    assert isinstance(caught.value, TimeoutError)
    assert not caught.value.canceled
    assert {request.method for request in server.requests} == {"GET"}
    assert pickle.loads(pickle.dumps(caught.value)).last == last


def test_looks_are_frequent_at_first_and_limited_later() -> None:
    running = RunStatus(run_id="r", state=RunState.RUNNING)
    get = operations.GET_RUN_STATUS
    flow = poll(_caller, get, ("r",), lambda _: False, Waiting(), None, "r", running)
    pauses: list[float] = []
    effect: Any = next(flow)
    while len(pauses) < 30:
        if isinstance(effect, Pause):
            pauses.append(effect.seconds)
            effect = flow.send(None)
        else:
            effect = flow.send(running)
    assert pauses[0] < 0.1
    assert all(0.8 * 5 <= pause <= 1.2 * 5 for pause in pauses[-10:])
    assert len(set(pauses)) == 30


def test_running_returns_the_result(server: Server) -> None:
    server.plan(status("queued"), status("running"), status("succeeded"), RESULT)
    with DaemonClient(server.url) as daemon:
        result = daemon.run("say hello")
    assert result.output == {"text": "done"}
    assert server.requests[0].json["input"] == {"goal": "say hello"}
    assert server.targets[1:] == ["GET /v1/runs/r", "GET /v1/runs/r", "GET /v1/runs/r/result"]


def test_running_takes_a_whole_request(server: Server) -> None:
    server.plan(status("succeeded"), RESULT)
    request = RunRequest(run_id="r", input=RunRequestInput(goal="g", context={"a": 1}))
    with RuntimeClient(server.url) as runtime:
        assert runtime.run(request).ok
    assert server.requests[0].json == {"run_id": "r", "input": {"goal": "g", "context": {"a": 1}}}


def test_a_failed_run_raises_with_its_result(server: Server) -> None:
    server.plan(status("failed"), FAILED)
    with DaemonClient(server.url) as daemon, pytest.raises(ArpRunFailed) as caught:
        daemon.run("g")
    assert str(caught.value) == "run r failed: c: why"
    assert caught.value.result is not None
    assert caught.value.result.error is not None
    assert caught.value.status.state is RunState.FAILED
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.result) == (str(caught.value), caught.value.result)


def test_a_failed_run_is_returned_on_request(server: Server) -> None:
    server.plan(status("failed"), FAILED)
    with DaemonClient(server.url) as daemon:
        assert not daemon.run("g", check=False).ok


@pytest.mark.parametrize("check", [True, False])
def test_a_canceled_run_without_a_result_raises(server: Server, check: bool) -> None:
    server.plan(status("canceled"), error_reply(404))
    with DaemonClient(server.url) as daemon, pytest.raises(ArpRunFailed) as caught:
        daemon.run("g", check=check)
    assert caught.value.result is None
    assert str(caught.value) == "run r canceled"


def test_a_bad_request_is_refused_before_anything_is_sent(server: Server) -> None:
    with DaemonClient(server.url) as daemon, pytest.raises(ArpValidationError):
        daemon.run(RunRequest(input=RunRequestInput(goal=7)))  # type: ignore[arg-type]
    assert server.requests == []


def test_a_timeout_cancels_on_request(server: Server) -> None:
    server.plan(lambda r: status("canceled" if r.target.endswith(":cancel") else "running"))
    with RuntimeClient(server.url) as runtime, pytest.raises(ArpWaitTimeoutError) as caught:
        runtime.run("g", timeout=0.2, cancel_on_timeout=True)
    assert caught.value.canceled
    assert server.targets[-1] == "POST /v1/runs/r:cancel"


def test_a_service_that_cannot_cancel_is_no_further_error(server: Server) -> None:
    server.plan(lambda r: error_reply(409) if r.target.endswith(":cancel") else status("running"))
    with RuntimeClient(server.url) as runtime, pytest.raises(ArpWaitTimeoutError) as caught:
        runtime.run("g", timeout=0.2, cancel_on_timeout=True)
    assert not caught.value.canceled


def test_a_daemon_has_the_worker_cancel_and_keeps_its_token(server: Server) -> None:
    from support.server import serving

    with serving() as worker:
        instance = {"instance_id": "i", "state": "busy", "runtime_api_endpoint": worker.url}

        def answer(request: Received) -> Reply:
            if request.target == "/v1/instances":
                return json_reply({"instances": [instance]})
            return status("running", runtime_instance_id="i")

        server.plan(answer)
        worker.plan(status("canceled"))
        with DaemonClient(server.url, auth="t0ken") as daemon:
            with pytest.raises(ArpWaitTimeoutError) as caught:
                daemon.run("g", timeout=0.2, cancel_on_timeout=True)
        assert caught.value.canceled
        assert worker.targets == ["POST /v1/runs/r:cancel"]
        assert "Authorization" not in worker.last.headers
        assert server.last.headers["Authorization"] == "Bearer t0ken"


def test_a_result_that_is_late_is_told_with_the_status(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arp_sdk.core._workflows.long_running._GRACE_SECONDS", 0.2)

    def answer(request: Received) -> Reply:
        if request.target.endswith("/result"):
            time.sleep(1)
        return status("succeeded")

    server.plan(answer)
    with DaemonClient(server.url, retries=0) as daemon:
        with pytest.raises(ArpWaitTimeoutError) as caught:
            daemon.run("g", timeout=0.1)
    assert caught.value.last.state is RunState.SUCCEEDED


@pytest.mark.threads_only("a task is canceled instead: tests/cancellation")
def test_ctrl_c_is_clean(server: Server) -> None:
    server.plan(status("running"))

    def interrupt(_: RunStatus) -> None:
        raise KeyboardInterrupt

    with DaemonClient(server.url) as daemon:
        with pytest.raises(KeyboardInterrupt):
            daemon.wait_for_run("r", on_update=interrupt)
        server.plan(status("succeeded"))
        assert daemon.wait_for_run("r").state is RunState.SUCCEEDED
