"""Instances are had for a while: created, waited for, and deleted whatever happens."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from arp_sdk.core._call.effects import Finish, Steps
from arp_sdk.core._workflows.leases import create_steps
from arp_sdk.core._workflows.long_running import Waiting
from arp_sdk.core._workflows.steps import Caller
from arp_sdk.daemon import operations
from arp_sdk.errors import ArpApiError, ArpNotReadyError, ArpWaitTimeoutError
from arp_sdk.models import InstanceCreateRequest, InstanceListResponse, InstanceState
from support.clients import DaemonClient
from support.server import Received, Reply, Server, error_reply, json_reply


class Instances:
    """A daemon whose instances pass through the given states, one a look."""

    def __init__(self, *states: str, delete: int = 204) -> None:
        self.states = list(states)
        self.delete = delete
        self.alive: list[str] = []
        self.created: Any = None

    def __call__(self, request: Received) -> Reply:
        if request.method == "POST":
            self.created = request.json
            self.alive = [f"i{n}" for n in range(request.json.get("count", 1))]
            return json_reply({"instances": self._instances(self.states[0])})
        if request.method == "DELETE":
            self.alive.remove(request.target.rpartition("/")[2])
            return Reply(204) if self.delete == 204 else error_reply(self.delete)
        if len(self.states) > 1:
            self.states.pop(0)
        return json_reply({"instances": self._instances(self.states[0])})

    def _instances(self, state: str) -> list[dict[str, str]]:
        return [
            {"instance_id": name, "state": state, "runtime_api_endpoint": "http://127.0.0.1:1"}
            for name in self.alive
            if state != "gone"
        ]


def test_instances_for_a_while(server: Server) -> None:
    service = Instances("starting", "starting", "ready")
    server.plan(service)
    with DaemonClient(server.url) as daemon:
        with daemon.instances("default", count=2) as instances:
            assert [i.state for i in instances] == [InstanceState.READY] * 2
            assert service.alive == ["i0", "i1"]
        assert service.alive == []
    assert service.created == {"runtime_profile": "default", "count": 2}


def test_they_are_deleted_after_an_exception(server: Server) -> None:
    service = Instances("ready")
    server.plan(service)
    with DaemonClient(server.url) as daemon:
        with pytest.raises(KeyError), daemon.instances("default"):
            raise KeyError
    assert service.alive == []


def test_the_exception_is_not_hidden_by_a_failing_delete(server: Server) -> None:
    server.plan(Instances("ready", delete=400))
    with DaemonClient(server.url) as daemon:
        with pytest.raises(KeyError), daemon.instances("default", count=2):
            raise KeyError


def test_a_failing_delete_is_told_after_all_were_tried(server: Server) -> None:
    service = Instances("ready", delete=400)
    server.plan(service)
    with DaemonClient(server.url) as daemon:
        with pytest.raises(ArpApiError), daemon.instances("default", count=3):
            pass
    assert service.alive == []


def test_one_that_is_gone_already_is_no_error(server: Server) -> None:
    server.plan(Instances("ready", delete=404))
    with DaemonClient(server.url) as daemon, daemon.instances("default"):
        pass


@pytest.mark.parametrize("state", ["error", "stopping", "stopped"])
def test_one_that_fails_is_told_and_all_are_deleted(server: Server, state: str) -> None:
    service = Instances("starting", state)
    server.plan(service)
    with DaemonClient(server.url) as daemon:
        with pytest.raises(ArpNotReadyError, match=state) as caught:
            with daemon.instances("default", count=2):
                pytest.fail("entered")
    assert caught.value.last.state == state
    assert service.alive == []


def test_one_that_vanishes_is_told(server: Server) -> None:
    service = Instances("starting", "gone")
    server.plan(service)
    with DaemonClient(server.url) as daemon:
        with pytest.raises(ArpNotReadyError, match="gone"), daemon.instances("default"):
            pytest.fail("entered")
    assert service.alive == []


def test_one_that_is_never_ready_is_deleted(server: Server) -> None:
    service = Instances("starting")
    server.plan(service)
    with DaemonClient(server.url) as daemon:
        with pytest.raises(ArpWaitTimeoutError), daemon.instances("default", timeout=0.2):
            pytest.fail("entered")
    assert service.alive == []


def test_the_time_is_for_all_of_them() -> None:
    def listed(state: str) -> InstanceListResponse:
        names = ("i0", "i1", "i2")
        url = "http://127.0.0.1:1"
        return InstanceListResponse.from_dict(
            {
                "instances": [
                    {"instance_id": name, "state": state, "runtime_api_endpoint": url}
                    for name in names
                ]
            }
        )

    body = InstanceCreateRequest(runtime_profile="p", count=3)
    deadlines: list[float | None] = []

    def invoke(*_: Any, deadline: float | None = None, **__: Any) -> Steps[Any]:
        deadlines.append(deadline)
        return listed("ready")
        yield

    caller = Caller(invoke, time.monotonic)
    steps = create_steps(caller, operations.INSTANCES_WORKFLOW, body, Waiting(timeout=60))
    create = next(steps)
    assert isinstance(create, Finish)
    create.results.append(listed("starting"))
    with pytest.raises(StopIteration) as done:
        steps.send(None)
    assert len(done.value.value) == 3
    assert len(set(deadlines)) == 1
    assert None not in deadlines


def test_a_state_of_a_newer_service_is_waited_through(server: Server) -> None:
    server.plan(Instances("starting", "warming_up", "ready"))
    with DaemonClient(server.url) as daemon, daemon.instances("default") as instances:
        assert instances[0].state is InstanceState.READY


def test_what_is_left_behind_is_told(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.plan(Instances("ready", delete=400))
    with DaemonClient(server.url) as daemon:
        with pytest.raises(KeyError), daemon.instances("default"):
            raise KeyError
    assert "instance_id i0 could not be deleted" in caplog.text


def test_waiting_for_one(server: Server) -> None:
    service = Instances("starting", "starting", "ready")
    service.alive = ["i0"]
    server.plan(service)
    with DaemonClient(server.url) as daemon:
        assert daemon.wait_until_ready("i0").instance_id == "i0"
        with pytest.raises(ArpNotReadyError, match="unknown is gone"):
            daemon.wait_until_ready("unknown")


@pytest.mark.threads_only("a task is canceled instead: tests/cancellation")
def test_an_interrupt_while_waiting_deletes_them(server: Server) -> None:
    service = Instances("starting")
    server.plan(service)
    looks = 0

    def interrupt(request: object, response: object) -> None:
        nonlocal looks
        looks += getattr(request, "method", "") == "GET"
        if looks == 2:
            looks += 1
            raise KeyboardInterrupt

    with DaemonClient(server.url, on_response=interrupt) as daemon:
        with pytest.raises(KeyboardInterrupt), daemon.instances("default"):
            pytest.fail("entered")
    assert service.alive == []
    assert json.dumps(service.created)
