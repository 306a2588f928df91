"""Calls, event streams and imports of the asynchronous clients."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from harness.row import Row, Subject, Target

STREAMS = 1_000
EVENTS = 100

Work = Callable[[], Any]


def sdk(url: str, concurrency: int) -> Work:
    from arp_sdk.daemon import AsyncDaemonClient

    return _together(concurrency, lambda: AsyncDaemonClient(url, auth="a-token").health)


def peer(url: str, concurrency: int) -> Work:
    import httpx

    from arp_sdk.daemon.api.health import health
    from arp_sdk.daemon.client import Client

    def connect() -> Callable[[], Awaitable[Any]]:
        # It would mostly wait for a connection.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        client = Client(url, timeout=httpx.Timeout(60), httpx_args={"limits": limits})
        return lambda: health.asyncio(client=client)

    return _together(concurrency, connect)


def threads(url: str, concurrency: int) -> Work:
    from arp_sdk.daemon import DaemonClient

    client = DaemonClient(url, auth="a-token")
    pool = ThreadPoolExecutor(concurrency)

    def call(_: int) -> None:
        client.health()

    return lambda: list(pool.map(call, range(concurrency)))


def _together(concurrency: int, connect: Callable[[], Callable[[], Awaitable[Any]]]) -> Work:
    loop = asyncio.new_event_loop()
    # Clients are open until the process ends, which would be reported.
    loop.set_exception_handler(lambda *_: None)

    async def begin() -> Callable[[], Awaitable[Any]]:
        return connect()

    call = loop.run_until_complete(begin())

    async def all_() -> None:
        await asyncio.gather(*(call() for _ in range(concurrency)))

    return lambda: loop.run_until_complete(all_())


def streams(url: str) -> dict[str, float]:
    """Return the most memory that a process has used that reads all streams at once."""
    from arp_sdk.runtime import AsyncRuntimeClient

    async def read(stream: Any) -> int:
        return sum([1 async for _ in stream])

    async def main() -> None:
        async with AsyncRuntimeClient(f"{url}/{EVENTS}") as runtime:
            opened = [runtime.stream_run_events("run_1") for _ in range(STREAMS)]
            for stream in opened:
                await stream
            assert sum(await asyncio.gather(*map(read, opened))) == STREAMS * EVENTS

    asyncio.run(main())
    return {"process": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0}


def _calls(concurrency: int) -> Row:
    return Row(
        f"Asynchronous calls, {concurrency} at once",
        "calls",
        [
            Subject("AsyncDaemonClient", "sdk async", sdk, [concurrency]),
            Subject("DaemonClient in threads", "sdk async", threads, [concurrency]),
            Subject("asyncio functions of the peer", "peer", peer, [concurrency]),
        ],
        [
            Target(
                "AsyncDaemonClient",
                "at least",
                2,
                "asyncio functions of the peer",
                metrics=["wall"],
                speed=True,
            )
        ]
        if concurrency == 512
        else (),
        rounds=7,
        note=f"`health()`, {concurrency} at once over one pool. The peer has no limit of 100 "
        "connections here; its pool looks at all of them for each request.",
    )


IMPORT = "from arp_sdk.daemon import DaemonClient"
IMPORT_ASYNC = "from arp_sdk.daemon import AsyncDaemonClient"

ROWS = [
    _calls(1),
    _calls(32),
    _calls(512),
    Row(
        f"{STREAMS:,} event streams at once",
        "fresh",
        [Subject("AsyncRuntimeClient", "sdk async", streams)],
        [Target("AsyncRuntimeClient", "at most", 150e6, metrics=["process"])],
        units={"process": "bytes"},
        rounds=3,
        note=f"All streams are open before the first is read. Each has {EVENTS} events.",
    ),
    Row(
        "Imports with and without the extra async",
        "statement",
        [
            Subject("DaemonClient without the extra", "sdk", IMPORT),
            Subject("DaemonClient with the extra", "sdk async", IMPORT),
            Subject("AsyncDaemonClient", "sdk async", IMPORT_ASYNC),
        ],
        note="aiohttp requires typing_extensions, which msgspec imports if it is installed.",
    ),
]
