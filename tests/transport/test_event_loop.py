"""No response keeps the event loop from its other tasks."""

from __future__ import annotations

import asyncio
import gzip
import sys
import zlib
from collections.abc import Awaitable, Callable

import pytest

from arp_sdk.core.aio._aiohttp import decompression
from arp_sdk.daemon import AsyncDaemonClient
from arp_sdk.errors import ArpApiError, ArpError, ArpResponseTooLargeError, ArpTimeoutError
from arp_sdk.models import RunListResponse
from arp_sdk.runtime import AsyncRuntimeClient
from support.raw import Peer, raw_server, response

pytestmark = pytest.mark.threads_only("watches an event loop of its own")

MIB = 2**20
# Calls of functions, in Python and in C, that the loop makes at a stretch: the parser of aiohttp
# makes as many, within 50 ms, for what one read of the socket brings in chunks of a byte.
LIMIT = 300_000

GZIP = b"Content-Encoding: gzip"
EMPTY_MEMBER = gzip.compress(b"")
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
RUNS = response(b'{"runs":[]}')


def big(size: int) -> bytes:
    return b'{"runs":[],"x":"' + b"x" * size + b'"}'


HOSTILE: dict[str, Callable[[], bytes]] = {
    "members that hold nothing": lambda: response(EMPTY_MEMBER * (2 * MIB // 20), GZIP),
    "a dense body": lambda: response(gzip.compress(big(40_000_000)), GZIP),
    "a dense body, packed twice": lambda: response(
        gzip.compress(gzip.compress(big(40_000_000))), b"Content-Encoding: gzip, gzip"
    ),
    "a dense body of raw deflate": lambda: response(
        zlib.compress(big(40_000_000)), b"Content-Encoding: deflate"
    ),
    "empty lines first": lambda: b"\r\n" * 4 * MIB + RUNS,
    "empty lines of another kind first": lambda: b"\n" * 4 * MIB + RUNS,
    "interim responses": lambda: INTERIM * 100_000 + RUNS,
    "interim responses of another kind": lambda: INTERIM.replace(b"\r", b"") * 100_000 + RUNS,
    "interim responses and empty lines": lambda: (INTERIM + b"\r\n" * 9) * 50_000 + RUNS,
    "chunks of a byte": lambda: CHUNKED + b"1\r\n \r\n" * 300_000 + b"2\r\n{}\r\n0\r\n\r\n",
    "trailers without an end": lambda: CHUNKED + b"2\r\n{}\r\n0\r\n" + b"a: b\r\n" * 300_000,
    "an extension of a chunk": lambda: CHUNKED + b"2;" + b"a=b;" * 500_000 + b"\r\n{}\r\n0\r\n\r\n",
    "headers without an end": lambda: b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 300_000,
    "a header without an end": lambda: b"HTTP/1.1 200 OK\r\nA: " + b"b" * (8 * MIB),
}

READ = ("a dense body", "empty lines", "interim")


async def longest_turn(work: Awaitable[object]) -> tuple[int, object]:
    """Return how many calls the loop made at a stretch, and what the work came to.

    Decompressing takes long in one call: it is not to be called here for a complete body.
    """
    calls = 0
    turns: list[int] = []

    def count(frame: object, event: str, function: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    async def watch() -> None:
        nonlocal calls
        while True:
            await asyncio.sleep(0)
            turns.append(calls)
            calls = 0

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0)
    result: object
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        result = await work
    except ArpError as error:
        result = error
    finally:
        sys.setprofile(before)
    await asyncio.sleep(0)
    watching.cancel()
    return max(turns), result


def hostile_server(data: bytes) -> Callable[[Peer], None]:
    def serve(peer: Peer) -> None:
        while peer.request():
            peer.send(data)

    return serve


# These take seconds, and are handled by the code that handles another of them.
SLOW = {
    "a dense body, packed twice",
    "a dense body of raw deflate",
    "empty lines of another kind first",
    "interim responses of another kind",
    "chunks of a byte",
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(each, marks=[pytest.mark.full] * (each in SLOW)) for each in HOSTILE],
)
def test_a_hostile_response(name: str) -> None:
    async def main(url: str) -> None:
        async with AsyncDaemonClient(url, retries=0, deadline=60, timeout=5) as daemon:
            calls, result = await longest_turn(daemon.list_runs())
        assert calls < LIMIT, result
        # Work that grew with the square of the size would end with the deadline.
        assert isinstance(result, RunListResponse) == name.startswith(READ)

    with raw_server(hostile_server(HOSTILE[name]())) as url:
        asyncio.run(main(url))


@pytest.mark.full
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_response_to_a_stream(name: str) -> None:
    async def use(runtime: AsyncRuntimeClient) -> object:
        async with runtime.stream_run_events("r") as events:
            return [event async for event in events]

    async def main(url: str) -> None:
        async with AsyncRuntimeClient(url, retries=0, deadline=60, timeout=5) as runtime:
            calls, result = await longest_turn(use(runtime))
        assert calls < LIMIT, result

    data = HOSTILE[name]().replace(b"200 OK", b"500 Internal Server Error")
    with raw_server(hostile_server(data)) as url:
        asyncio.run(main(url))


@pytest.mark.full
@pytest.mark.parametrize("compressed", [False, True])
def test_a_stream_of_nothing_but_comments(compressed: bool) -> None:
    comments = b":\n" * (4 * MIB)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n"
    data = head + b"\r\n" + comments
    if compressed:
        data = head + GZIP + b"\r\n\r\n" + gzip.compress(comments)

    async def use(runtime: AsyncRuntimeClient) -> object:
        async with runtime.stream_run_events("r") as events:
            return [event async for event in events]

    async def main(url: str) -> None:
        async with AsyncRuntimeClient(url, retries=0, deadline=60, timeout=5) as runtime:
            calls, result = await longest_turn(use(runtime))
        assert calls < LIMIT, result

    def serve(peer: Peer) -> None:
        peer.request()
        peer.send(data)

    with raw_server(serve) as url:
        asyncio.run(main(url))


def test_decompressing_ends_with_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    plainly = decompression._Source.read

    def noted(source: decompression._Source, size: int | None = -1) -> bytes:
        piece = plainly(source, size)
        read.append(len(piece))
        return piece

    monkeypatch.setattr(decompression._Source, "read", noted)
    data = response(EMPTY_MEMBER * (32 * MIB // 20), GZIP)

    async def main(url: str) -> list[str]:
        async with AsyncDaemonClient(url, retries=0, deadline=1) as daemon:
            with pytest.raises(ArpTimeoutError, match="deadline"):
                await daemon.list_runs()
        return [
            task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()
        ]

    with raw_server(hostile_server(data)) as url:
        assert asyncio.run(main(url)) == []
    # The thread has stopped, too: the loop waited for it before it ended.
    assert 0 < sum(read) < len(data) // 2


def test_decompressing_in_a_thread_keeps_to_the_limit() -> None:
    bomb = gzip.compress(big(40_000_000))
    data = response(bomb, GZIP)

    async def main(url: str) -> None:
        async with AsyncDaemonClient(url, retries=0, max_response_bytes=MIB) as daemon:
            with pytest.raises(ArpResponseTooLargeError):
                await daemon.list_runs()
            big_enough = daemon.with_options(max_response_bytes=64 * MIB)
            assert (await big_enough.list_runs()).runs == []

    assert len(bomb) > 16384
    with raw_server(hostile_server(data)) as url:
        asyncio.run(main(url))


def test_a_large_body_that_is_not_compressed_as_it_says() -> None:
    data = response(b"x" * MIB, GZIP)

    async def main(url: str) -> None:
        async with AsyncDaemonClient(url, retries=0) as daemon:
            with pytest.raises(ArpError, match="Content-Encoding"):
                await daemon.list_runs()

    with raw_server(hostile_server(data)) as url:
        asyncio.run(main(url))


def test_empty_lines_before_an_error_do_not_hide_it() -> None:
    error = b'{"error":{"code":"no","message":"no"}}'

    async def main(url: str) -> None:
        async with AsyncDaemonClient(url, retries=0) as daemon:
            with pytest.raises(ArpApiError) as caught:
                await daemon.list_runs()
            assert caught.value.code == "no"

    data = b"\r\n\n" + response(error, status=b"404 Not Found")
    with raw_server(hostile_server(data)) as url:
        asyncio.run(main(url))
