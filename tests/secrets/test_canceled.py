"""A task that is canceled in the middle of a call shows no secret."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from arp_sdk.daemon import AsyncDaemonClient
from support.server import Reply, Server

from .places import SECRET
from .test_interrupted import examine

pytestmark = pytest.mark.threads_only("makes its own event loop")


@pytest.mark.parametrize("stage", ["token", "head", "body"])
def test_a_canceled_call_shows_no_secret(origin: Server, stage: str) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def pieces() -> Iterator[bytes]:
        yield b"{"
        reached.set()
        go_on.wait(30)

    def respond(_: object) -> Reply:
        if stage == "head":
            reached.set()
            go_on.wait(30)
        return Reply(200, pieces=pieces())

    async def provide() -> str:
        if stage == "token":
            reached.set()
            await asyncio.sleep(30)
        return SECRET

    async def main() -> asyncio.CancelledError:
        headers = {"Cookie": SECRET}
        async with AsyncDaemonClient(origin.url, auth=provide, headers=headers) as daemon:
            task = asyncio.create_task(daemon.list_runs())
            assert await asyncio.to_thread(reached.wait, 30)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError as error:
                return error
        raise AssertionError("not canceled")

    origin.plan(respond)
    error = asyncio.run(main())
    go_on.set()

    examine(error, "_drive")
