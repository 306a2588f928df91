"""A response that nobody asked for never becomes the response to the next request."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from arp_sdk.daemon import AsyncDaemonClient
from arp_sdk.errors import ArpApiError
from support.clients import DaemonClient
from support.raw import Peer, chunked, raw_server, response


def run(name: str) -> bytes:
    return json.dumps({"run_id": name, "state": "running"}).encode()


def requested(request: bytes) -> str:
    """The run that a request asks for."""
    return request.split(b" ", 2)[1].rsplit(b"/", 1)[1].decode()


WHOLE = response(run("a"))
EXTRA = {
    "a copy": WHOLE,
    "a copy in chunks": chunked(run("a")),
    "the beginning of a copy": WHOLE[:20],
    "an error": response(b"{}", status=b"503 Service Unavailable"),
    "a response without a body": b"HTTP/1.1 204 No Content\r\n\r\n",
    "an interim response": b"HTTP/1.1 103 Early Hints\r\n\r\n",
    "an empty line": b"\r\n",
    "no HTTP at all": b"hello",
}


@contextmanager
def sending_late(extra: bytes) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield a service's URL, and a function that has it send more after the response to `a`."""
    first_is_over, extra_is_there = threading.Event(), threading.Event()

    def serve(peer: Peer) -> None:
        while request := peer.request():
            name = requested(request)
            peer.send(response(run(name)))
            if name == "a":
                first_is_over.wait(10)
                peer.send(extra)
                extra_is_there.set()

    def send() -> None:
        first_is_over.set()
        assert extra_is_there.wait(10)
        time.sleep(0.02)  # until it is in the receive buffer

    with raw_server(serve) as url:
        yield url, send


@pytest.mark.parametrize("extra", EXTRA.values(), ids=EXTRA)
def test_bytes_on_an_idle_connection_close_it(extra: bytes) -> None:
    with sending_late(extra) as (url, send), DaemonClient(url, retries=0) as daemon:
        assert daemon.get_run_status("a").run_id == "a"
        send()
        assert daemon.get_run_status("b").run_id == "b"
        assert daemon.get_run_status("c").run_id == "c"


def missing(_: bytes) -> bytes:
    return response(b'{"error":{"code":"no","message":"no"}}', status=b"404 Not Found")


@pytest.mark.parametrize("make", [response, chunked, missing])
@pytest.mark.parametrize("pieces", ["together", "head first", "all but the last byte first"])
@pytest.mark.parametrize("extra", EXTRA.values(), ids=EXTRA)
def test_bytes_right_after_a_response_close_the_connection(
    extra: bytes, pieces: str, make: Callable[[bytes], bytes]
) -> None:
    whole = make(run("a"))
    cut = {"together": 0, "head first": whole.index(b"\r\n\r\n") + 4}.get(pieces, len(whole) - 1)

    def serve(peer: Peer) -> None:
        while request := peer.request():
            if requested(request) != "a":
                peer.send(response(run(requested(request))))
                continue
            peer.send(whole[:cut])
            time.sleep(0.02 if cut else 0)
            peer.send(whole[cut:] + extra)

    with raw_server(serve) as url, DaemonClient(url, retries=0) as daemon:
        with suppress(ArpApiError):
            assert daemon.get_run_status("a").run_id == "a"
        assert daemon.get_run_status("b").run_id == "b"
        assert daemon.get_run_status("c").run_id == "c"


def test_a_connection_without_surplus_is_kept() -> None:
    numbers: list[int] = []

    def serve(peer: Peer) -> None:
        while request := peer.request():
            numbers.append(peer.number)
            name = requested(request)
            peer.send(response(run(name)) if name < "c" else chunked(run(name)))

    with raw_server(serve) as url, DaemonClient(url, retries=0) as daemon:
        for name in "abcd":
            assert daemon.get_run_status(name).run_id == name
    assert numbers == [1] * 4


@pytest.mark.threads_only("blocks an event loop of its own")
@pytest.mark.parametrize("extra", EXTRA.values(), ids=EXTRA)
def test_bytes_that_the_event_loop_has_not_seen_yet(extra: bytes) -> None:
    async def main(url: str, send: Callable[[], None]) -> None:
        async with AsyncDaemonClient(url, retries=0) as daemon:
            assert (await daemon.get_run_status("a")).run_id == "a"
            # The loop does not run meanwhile: nobody reads the extra bytes.
            send()
            assert (await daemon.get_run_status("b")).run_id == "b"

    with sending_late(extra) as (url, send):
        asyncio.run(main(url, send))


def test_a_connection_that_the_server_closed_while_idle_is_not_used() -> None:
    over = threading.Event()

    def serve(peer: Peer) -> None:
        request = peer.request()
        if request:
            peer.send(response(run(requested(request))))
        over.set()

    with raw_server(serve) as url, DaemonClient(url, retries=0) as daemon:
        for name in "abc":
            over.clear()
            assert daemon.get_run_status(name).run_id == name
            assert over.wait(10)
            time.sleep(0.02)


def test_many_tasks_get_their_own_responses() -> None:
    def serve(peer: Peer) -> None:
        while request := peer.request():
            whole = response(run(requested(request)))
            peer.send(whole + whole)

    async def main(url: str) -> None:
        async with AsyncDaemonClient(url, retries=0) as daemon:
            for _ in range(3):
                names = [f"run-{number}" for number in range(20)]
                runs = await asyncio.gather(*map(daemon.get_run_status, names))
                assert [each.run_id for each in runs] == names

    with raw_server(serve) as url:
        asyncio.run(main(url))
