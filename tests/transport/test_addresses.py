"""A host with several addresses: each is tried, all within one timeout."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from arp_sdk.errors import ArpConnectionError, ArpTimeoutError
from support.clients import DaemonClient
from support.server import Server, json_reply

pytestmark = pytest.mark.threads_only("aiohttp has happy eyeballs")


@contextmanager
def addresses(*ports: int, failures: dict[int, OSError]) -> Iterator[list[float | None]]:
    """Give every host an address for each port, of which some fail; the timeouts they had."""
    timeouts: list[float | None] = []
    entries = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in ports]
    connect = socket.socket.connect

    class Failing(socket.socket):
        def connect(self, address: Any) -> None:
            timeouts.append(self.gettimeout())
            if address[1] in failures:
                raise failures[address[1]]
            connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", lambda *_: entries)
        patch.setattr(socket, "socket", Failing)
        yield timeouts


def _port(server: Server) -> int:
    return int(server.url.rpartition(":")[2])


@pytest.mark.parametrize("failure", [TimeoutError(), ConnectionRefusedError(111, "refused")])
def test_the_next_address_is_tried(server: Server, failure: OSError) -> None:
    server.plan(json_reply({"runs": []}))
    with DaemonClient(server.url, retries=0, timeout=8) as daemon:
        with addresses(1, _port(server), failures={1: failure}) as timeouts:
            assert daemon.list_runs().runs == []
    first, last = timeouts
    assert first is not None and last is not None
    assert first <= 4  # half, so that the other one has a chance
    assert first + last <= 12  # what the first one did not use is left for the last


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (TimeoutError(), ArpTimeoutError),
        (ConnectionRefusedError(111, "Connection refused"), ArpConnectionError),
    ],
)
def test_no_address_responds(failure: OSError, kind: type[Exception]) -> None:
    with DaemonClient("http://many.example", retries=0, timeout=8) as daemon:
        ports = range(1, 5)
        with addresses(*ports, failures=dict.fromkeys(ports, failure)) as timeouts:
            with pytest.raises(kind) as caught:
                daemon.list_runs()
    assert len(timeouts) == 4
    assert not caught.value.sent  # type: ignore[attr-defined]


def test_many_addresses_share_the_timeout() -> None:
    ports = range(1, 101)
    with DaemonClient("http://many.example", retries=0, timeout=8) as daemon:
        with addresses(*ports, failures=dict.fromkeys(ports, TimeoutError())) as timeouts:
            with pytest.raises(ArpTimeoutError):
                daemon.list_runs()
    # None gets less than a second, but all of it.
    assert all(timeout is not None and timeout <= 8 for timeout in timeouts)
    assert timeouts[0] == 1.0
