"""The read timeout of each request counts from the last bytes of its response."""

from __future__ import annotations

import pytest

from arp_sdk.core import Timeout
from arp_sdk.errors import ArpTimeoutError
from support.clients import DaemonClient
from support.server import SILENCE, Act, Server, json_reply
from support.wire import Wire

RUNS = json_reply({"runs": []})
BODY = b'{"runs": []       }'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


def trickle(wire: Wire) -> None:
    """Send a response whose pieces come in time, and which takes longer altogether."""
    wire.send(HEAD % len(BODY))
    wire.drip(BODY, 0.12)


def test_a_shorter_timeout_holds_on_a_connection_that_had_a_longer_one(server: Server) -> None:
    server.plan(RUNS, SILENCE)
    with DaemonClient(server.url, retries=0, timeout=Timeout(read=300)) as daemon:
        daemon.list_runs()
        with pytest.raises(ArpTimeoutError):
            daemon.with_options(timeout=Timeout(read=0.1)).list_runs()
    assert server.connections == 1


def test_each_piece_has_the_whole_timeout(server: Server) -> None:
    server.plan(RUNS, Act(trickle))
    with DaemonClient(server.url, retries=0, timeout=Timeout(read=2)) as daemon:
        daemon.with_options(timeout=Timeout(read=1)).list_runs()
        assert daemon.list_runs().runs == []
    assert server.connections == 1
