"""A client belongs to one event loop at a time."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from arp_sdk.daemon import AsyncDaemonClient
from arp_sdk.errors import ArpConfigError
from arp_sdk.models import Health
from arp_sdk.runtime import AsyncRuntimeClient
from support.events import EVENT_STREAM, sse
from support.server import Received, Reply, Server, json_reply

from .residue import settled

HEALTH = json_reply({"status": "ok", "time": "2026-01-01T00:00:00Z"})


# A loop that ends with open connections warns of them, unless the client was closed in it.
leaves_connections = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture
def _collected() -> Iterator[None]:
    yield
    gc.collect()


@leaves_connections
@pytest.mark.usefixtures("_collected")
def test_a_client_can_be_used_in_one_loop_after_the_other(server: Server) -> None:
    server.plan(HEALTH)
    client = AsyncDaemonClient(server.url)

    async def twice() -> list[Health]:
        return list(await asyncio.gather(client.health(), client.health()))

    async def last() -> Health:
        async with client:
            return await client.health()

    for _ in range(3):
        assert [health.status for health in asyncio.run(twice())] == ["ok", "ok"]
    assert asyncio.run(last()).status == "ok"


@leaves_connections
@pytest.mark.usefixtures("_collected")
def test_a_token_is_renewed_in_each_loop(server: Server) -> None:
    tokens = iter(f"token-{n}" for n in range(100))

    async def token() -> str:
        await asyncio.sleep(0.01)
        return next(tokens)

    def respond(request: Received) -> Reply:
        accepted = request.headers["Authorization"] == f"Bearer {wanted}"
        return HEALTH if accepted else json_reply({}, 401)

    async def at_once() -> None:
        await asyncio.gather(*(client.health() for _ in range(5)))

    async def close() -> None:
        await client.close()

    client = AsyncDaemonClient(server.url, auth=token)
    server.plan(respond)
    for each in ("token-0", "token-1", "token-2"):
        wanted = each
        asyncio.run(at_once())
    assert next(tokens) == "token-3"
    asyncio.run(close())


def test_a_second_loop_at_the_same_time_is_refused(server: Server) -> None:
    server.plan(HEALTH)
    client = AsyncDaemonClient(server.url)
    refused: list[ArpConfigError] = []

    async def elsewhere() -> None:
        with pytest.raises(ArpConfigError, match="belongs to the event loop") as caught:
            await client.health()
        refused.append(caught.value)

    async def here() -> None:
        async with client:
            await client.health()
            await asyncio.to_thread(asyncio.run, elsewhere())
            assert (await client.health()).status == "ok"

    asyncio.run(here())
    assert len(refused) == 1


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with Python 3.12")
def test_eager_tasks_work(server: Server) -> None:
    server.plan(HEALTH)

    async def at_once() -> list[Any]:
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined, unused-ignore]
        async with AsyncDaemonClient(server.url) as client:
            return await asyncio.gather(*(client.health() for _ in range(5)))

    assert [health.status for health in asyncio.run(at_once())] == ["ok"] * 5


def test_a_stream_that_another_thread_garbage_collects_is_closed(server: Server) -> None:
    go_on = threading.Event()

    def pieces() -> Any:
        yield sse(0)
        go_on.wait(30)

    server.plan(Reply(200, headers=EVENT_STREAM, pieces=pieces()))

    async def dropped() -> None:
        async with AsyncRuntimeClient(server.url) as runtime:
            loop = asyncio.get_running_loop()
            loop.set_debug(True)  # so that calls from other threads are errors
            held = [runtime.stream_run_events("r")]
            assert (await anext(held[0])).seq == 0
            await asyncio.to_thread(held.clear)
            go_on.set()
            await settled(runtime, server)

    asyncio.run(dropped())
