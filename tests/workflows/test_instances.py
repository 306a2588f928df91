"""`instances` creates instances, waits until they are ready, and deletes them in any case."""

from __future__ import annotations

import time
from typing import Any

import pytest

from arp_sdk.errors import ArpApiError, ArpNotReadyError, ArpWaitTimeoutError
from arp_sdk.models import InstanceState
from support.clients import DaemonClient
from support.server import Received, Reply, Server, error_reply, json_reply

SHARED = pytest.mark.threads_only("the code is shared")


class Instances:
    """A daemon whose instances pass through the given states, one per poll."""

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


def test_instances_are_ready_inside_the_block_and_deleted_after_it(server: Server) -> None:
    service = Instances("starting", "starting", "ready")
    server.plan(service)
    with DaemonClient(server.url) as daemon:
        with daemon.instances("default", count=2) as instances:
            assert [i.state for i in instances] == [InstanceState.READY] * 2
            assert service.alive == ["i0", "i1"]
        assert service.alive == []
    assert service.created == {"runtime_profile": "default", "count": 2}


def test_instances_are_deleted_after_an_exception(server: Server) -> None:
    service = Instances("ready")
    server.plan(service)
    with DaemonClient(server.url) as daemon:
        with pytest.raises(KeyError), daemon.instances("default"):
            raise KeyError
    assert service.alive == []


def test_a_failed_delete_does_not_hide_the_exception(server: Server) -> None:
    server.plan(Instances("ready", delete=400))
    with DaemonClient(server.url) as daemon:
        with pytest.raises(KeyError), daemon.instances("default", count=2):
            raise KeyError


def test_a_failed_delete_is_raised_after_all_deletes(server: Server) -> None:
    service = Instances("ready", delete=400)
    server.plan(service)
    with DaemonClient(server.url) as daemon:
        with pytest.raises(ArpApiError), daemon.instances("default", count=3):
            pass
    assert service.alive == []


@SHARED
def test_an_instance_that_is_already_gone_is_not_an_error(server: Server) -> None:
    server.plan(Instances("ready", delete=404))
    with DaemonClient(server.url) as daemon, daemon.instances("default"):
        pass


@SHARED
@pytest.mark.parametrize("state", ["error", "stopping", "stopped"])
def test_when_an_instance_fails_all_are_deleted(server: Server, state: str) -> None:
    service = Instances("starting", state)
    server.plan(service)
    with DaemonClient(server.url) as daemon:
        with pytest.raises(ArpNotReadyError, match=state) as caught:
            with daemon.instances("default", count=2):
                pytest.fail("entered")
    assert caught.value.last.state == state
    assert service.alive == []


@SHARED
def test_an_instance_that_disappears_is_an_error(server: Server) -> None:
    service = Instances("starting", "gone")
    server.plan(service)
    with DaemonClient(server.url) as daemon:
        with pytest.raises(ArpNotReadyError, match="gone"), daemon.instances("default"):
            pytest.fail("entered")
    assert service.alive == []


def test_an_instance_that_is_never_ready_is_deleted(server: Server) -> None:
    service = Instances("starting")
    server.plan(service)
    with DaemonClient(server.url) as daemon:
        with pytest.raises(ArpWaitTimeoutError), daemon.instances("default", timeout=0.5):
            pytest.fail("entered")
    assert service.alive == []


@SHARED
def test_all_instances_share_one_deadline(server: Server) -> None:
    created: list[float] = []

    def respond(request: Received) -> Reply:
        if request.method == "DELETE":
            return Reply(204)
        if request.method == "POST":
            created.append(time.monotonic())
        # Each becomes ready within the timeout after the one before.
        passed = time.monotonic() - created[0]
        states = ["ready" if passed > 0.2 * (number + 1) else "starting" for number in range(3)]
        return json_reply(
            {
                "instances": [
                    {"instance_id": f"i{n}", "state": state, "runtime_api_endpoint": "http://h"}
                    for n, state in enumerate(states)
                ]
            }
        )

    server.plan(respond)
    with DaemonClient(server.url) as daemon:
        with pytest.raises(ArpWaitTimeoutError), daemon.instances("p", count=3, timeout=0.3):
            pytest.fail("entered")


@SHARED
def test_an_unknown_state_is_not_final(server: Server) -> None:
    server.plan(Instances("starting", "warming_up", "ready"))
    with DaemonClient(server.url) as daemon, daemon.instances("default") as instances:
        assert instances[0].state is InstanceState.READY


def test_an_instance_that_could_not_be_deleted_is_logged(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.plan(Instances("ready", delete=400))
    with DaemonClient(server.url) as daemon:
        with pytest.raises(KeyError), daemon.instances("default"):
            raise KeyError
    assert "instance_id i0 could not be deleted" in caplog.text


def test_wait_until_ready_returns_the_instance(server: Server) -> None:
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
    polls = 0

    def interrupt(request: object, response: object) -> None:
        nonlocal polls
        polls += getattr(request, "method", "") == "GET"
        if polls == 2:
            polls += 1
            raise KeyboardInterrupt

    with DaemonClient(server.url, on_response=interrupt) as daemon:
        with pytest.raises(KeyboardInterrupt), daemon.instances("default"):
            pytest.fail("entered")
    assert service.alive == []
    assert service.created is not None
