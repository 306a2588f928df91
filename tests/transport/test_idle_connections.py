"""A connection that was idle for long is not trusted: a load balancer may have forgotten it."""

from __future__ import annotations

import contextvars
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from arp_sdk.core._sync._requests import sockets
from arp_sdk.core._sync._requests.deadline import Deadline, current_deadline
from support.clients import DaemonClient
from support.server import Server, json_reply

RUNS = json_reply({"runs": []})

pytestmark = pytest.mark.threads_only("aiohttp closes idle connections by itself")


class Clock:
    """The time that the pools read, which a test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = 0.0
        self._read = time.monotonic
        monkeypatch.setattr(sockets.time, "monotonic", self)  # type: ignore[attr-defined]

    def __call__(self) -> float:
        return self._read() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def _pool(daemon: Any) -> Any:
    (route,) = daemon._connections._routes._made.values()
    return route.pool


@pytest.mark.parametrize(("idle", "connections"), [(14.0, 1), (16.0, 2)])
def test_a_connection_that_was_idle_is_not_used_again(
    server: Server, clock: Clock, idle: float, connections: int
) -> None:
    server.plan(RUNS)
    with DaemonClient(server.url) as daemon:
        daemon.list_runs()
        clock.ahead += idle
        daemon.list_runs()
    assert server.connections == connections


def test_use_makes_a_connection_young_again(server: Server, clock: Clock) -> None:
    server.plan(RUNS)
    with DaemonClient(server.url) as daemon:
        for _ in range(5):
            daemon.list_runs()
            clock.ahead += 10
    assert server.connections == 1


def test_all_that_are_idle_are_closed(server: Server, clock: Clock) -> None:
    server.plan(RUNS)
    with DaemonClient(server.url) as daemon:
        daemon.list_runs()
        pool = _pool(daemon)
        spare = [pool._new_conn() for _ in range(3)]
        for connection in spare:
            connection.connect()
            pool._put_conn(connection)
        size = pool.pool.qsize()
        clock.ahead += 16
        daemon.list_runs()
        assert [connection.sock for connection in spare[:2]] == [None, None]
        assert pool.pool.qsize() == size


def test_the_system_probes_silent_connections(server: Server) -> None:
    server.plan(RUNS)
    with DaemonClient(server.url) as daemon:
        daemon.list_runs()
        sock = _pool(daemon).pool.queue[-1].sock
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        if hasattr(socket, "TCP_KEEPIDLE"):
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60


def test_a_deadline_belongs_to_a_context_as_greenlets_have_one_each() -> None:
    ran: list[Deadline | None] = []
    run: Callable[[], None] = lambda: ran.append(current_deadline.get())  # noqa: E731
    before = current_deadline.set(Deadline(1.0))
    try:
        contextvars.Context().run(run)
        run()
    finally:
        current_deadline.reset(before)
    assert ran == [None, Deadline(1.0)]
