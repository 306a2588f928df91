"""Heads of responses that are odd: what can be read is read, the rest fails at once."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import pytest

from arp_sdk.errors import ArpConnectionError, ArpDecodeError
from support.clients import DaemonClient
from support.raw import Peer, raw_server

BODY = b'{"runs":[]}'
SIZE = b"%d" % len(BODY)


def replying(head: bytes, pieces: int = 1) -> Callable[[Peer], None]:
    """Respond with a head and BODY, and keep the connection open."""

    def serve(peer: Peer) -> None:
        while peer.request():
            whole = head + b"\r\n\r\n" + BODY
            step = -(-len(whole) // pieces)
            for at in range(0, len(whole), step):
                peer.send(whole[at : at + step])
                time.sleep(0.001 if pieces > 1 else 0)

    return serve


READABLE = {
    "a list of equal lengths": b"Content-Length: %b, %b" % (SIZE, SIZE),
    "a longer list": b"Content-Length: %b,%b ,\t%b" % (SIZE, SIZE, SIZE),
    "two lines of equal lengths": b"Content-Length: %b\r\ncontent-length: %b" % (SIZE, SIZE),
    "lines and lists": b"Content-Length: %b, %b\r\nX: y\r\nCONTENT-LENGTH:%b" % (SIZE, SIZE, SIZE),
    "spaces around a length": b"Content-Length:  %b \t" % SIZE,
    "an empty value": b"X:\r\nContent-Length: %b" % SIZE,
    "bytes beyond ASCII": b"X: \xe4\xff\r\nContent-Length: %b" % SIZE,
}
# aiohttp reads them strictly where Python is in its development mode.
if not sys.flags.dev_mode:
    READABLE["line ends without a carriage return"] = b"X: y\nContent-Length: %b" % SIZE


@pytest.mark.parametrize("pieces", [1, 7])
@pytest.mark.parametrize("name", READABLE)
def test_a_head_that_can_be_read(name: str, pieces: int) -> None:
    head = b"HTTP/1.1 200 OK\r\n" + READABLE[name]
    with raw_server(replying(head, pieces)) as url, DaemonClient(url, retries=0) as daemon:
        assert daemon.list_runs().runs == []
        assert daemon.list_runs().runs == []


UNREADABLE = {
    "a list of other lengths": b"Content-Length: %b, 5" % SIZE,
    "two lines of other lengths": b"Content-Length: %b\r\nContent-Length: 5" % SIZE,
    "a list with an empty item": b"Content-Length: %b,,%b" % (SIZE, SIZE),
    "no number": b"Content-Length: many",
    "no length": b"Content-Length:",
    "a negative length": b"Content-Length: -11",
    "a length with a sign": b"Content-Length: +11",
    "a length with a fraction": b"Content-Length: 11.0",
    "a hexadecimal length": b"Content-Length: 0xb",
    "digits of another script": "Content-Length: \u0661\u0661".encode(),
    "a space in a name": b"Bad Name: x\r\nContent-Length: %b" % SIZE,
    "a line without a colon": b"nonsense\r\nContent-Length: %b" % SIZE,
    "a line without a name": b": x\r\nContent-Length: %b" % SIZE,
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_head_that_cannot_be_read_fails_at_once(name: str) -> None:
    head = b"HTTP/1.1 200 OK\r\n" + UNREADABLE[name]
    before = time.monotonic()
    with (
        raw_server(replying(head)) as url,
        DaemonClient(url, retries=0, timeout=60, deadline=60) as daemon,
        pytest.raises((ArpConnectionError, ArpDecodeError)) as caught,
    ):
        daemon.list_runs()
    assert "timeout" not in str(caught.value)
    # It had arrived completely: waiting for more would have taken a minute.
    assert time.monotonic() - before < 50
