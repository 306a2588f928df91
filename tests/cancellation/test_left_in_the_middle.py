"""Streams, outcomes, pages and clients that are left in the middle free their resources."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any

import pytest

from arp_sdk.daemon import AsyncDaemonClient
from arp_sdk.errors import ArpConfigError, ArpTransportError
from arp_sdk.runtime import AsyncRuntimeClient
from arp_sdk.sandbox import Sandbox
from support.events import EVENT_STREAM, sse
from support.server import Received, Reply, Server, json_reply

from .residue import settled, until

if sys.version_info >= (3, 11):
    from asyncio import timeout
else:
    from async_timeout import (  # type: ignore[import-not-found, unused-ignore]
        timeout,  # pyright: ignore[reportMissingImports, reportUnknownVariableType]
    )

RUNNING = json_reply({"run_id": "r", "state": "running"})
HEALTH = json_reply({"status": "ok", "time": "2026-01-01T00:00:00Z"})


class Silent:
    """A service that sends something, and then nothing more until it is released."""

    def __init__(self, *pieces: bytes) -> None:
        self.requests = 0
        self._pieces = pieces
        self._released = threading.Event()

    def __enter__(self) -> Silent:
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()

    def __call__(self, request: Received) -> Reply:
        self.requests += 1
        if not self._pieces:
            self._released.wait(30)
            return RUNNING
        return Reply(200, headers=EVENT_STREAM, pieces=self._events())

    def _events(self) -> Iterator[bytes]:
        yield from self._pieces
        while not self._released.wait(0.02):
            yield b":\n"  # a comment; if the client has gone, the connection ends


def test_a_timeout_around_a_call_leaves_nothing(server: Server) -> None:
    async def main() -> None:
        async with AsyncDaemonClient(server.url) as daemon:
            with Silent() as silent:
                server.plan(silent)
                outcomes = daemon.run_many(["a", "b"])
                for call in (daemon.health(), daemon.run("g"), anext(outcomes)):
                    with pytest.raises(asyncio.TimeoutError):
                        async with timeout(0.05):
                            await call
            await settled(daemon, server)
            server.plan(HEALTH)
            assert (await daemon.health()).status == "ok"

    asyncio.run(main())


def test_a_stream_that_is_left_closes_its_connection(server: Server) -> None:
    async def main() -> None:
        async with AsyncRuntimeClient(server.url) as runtime:
            with Silent(sse(0), sse(1)) as silent:
                server.plan(silent)
                async for _ in runtime.stream_run_events("r"):
                    break
                await settled(runtime, server)
                with pytest.raises(KeyError):
                    async for _ in runtime.follow("r"):
                        raise KeyError
                await settled(runtime, server)
                async with runtime.follow("r") as following:
                    async for _ in following:
                        break
                await settled(runtime, server)

    asyncio.run(main())


@pytest.mark.parametrize("pieces", [[sse(0)], []], ids=["reading", "opening"])
def test_another_task_can_close_a_stream(server: Server, pieces: list[bytes]) -> None:
    async def main() -> None:
        async with AsyncRuntimeClient(server.url, retries=0) as runtime:
            with Silent(*pieces) as silent:
                server.plan(silent)
                stream = runtime.stream_run_events("r")

                async def read() -> list[int]:
                    return [event.seq async for event in stream]

                reading = asyncio.create_task(read())
                await until(lambda: silent.requests == 1)
                if pieces:
                    await until(lambda: stream.last_event_id)
                await stream.close()
                if pieces:
                    assert await reading == [0]
                    await settled(runtime, server)
            assert await reading == ([0] if pieces else [])
            assert not stream.complete
            await settled(runtime, server)

    asyncio.run(main())


def test_outcomes_that_are_left_cancel_their_runs(server: Server) -> None:
    def respond(request: Received) -> Reply:
        if request.method == "POST":
            ended = request.json["input"]["goal"] == "short"
            return json_reply({"run_id": "s" if ended else "r", "state": "running"})
        run_id = request.target.split("/")[3]
        state = "succeeded" if run_id == "s" else "running"
        return json_reply({"run_id": run_id, "state": state, "ok": True})

    async def main() -> None:
        server.plan(respond)
        async with AsyncDaemonClient(server.url) as daemon:
            async for outcome in daemon.run_many(["long", "short", "long"], max_concurrency=2):
                assert outcome.request == "short"
                break
            await settled(daemon, server)
            with pytest.raises(KeyError):
                async for _ in daemon.run_many(["long", "short"]):
                    raise KeyError
            await settled(daemon, server)
            async with daemon.run_many(["long", "short", "long"]) as outcomes:
                await anext(outcomes)
            with pytest.raises(StopAsyncIteration):
                await anext(outcomes)
            await settled(daemon, server)

    asyncio.run(main())


def test_another_task_can_close_outcomes(server: Server) -> None:
    async def main() -> None:
        server.plan(RUNNING)
        async with AsyncDaemonClient(server.url) as daemon:
            outcomes = daemon.run_many(["a", "b"])

            async def read() -> list[Any]:
                return [outcome async for outcome in outcomes]

            reading = asyncio.create_task(read())
            await until(lambda: server.requests)
            await outcomes.close()
            assert await reading == []
            await settled(daemon, server)

    asyncio.run(main())


def test_outcomes_do_not_wait_for_the_next_request(server: Server) -> None:
    async def main() -> None:
        server.plan(json_reply({"run_id": "r", "state": "succeeded", "ok": True}))
        more = asyncio.Event()
        closed = asyncio.Event()

        async def goals() -> AsyncIterator[str]:
            try:
                yield "first"
                await more.wait()
                yield "second"
                await asyncio.Event().wait()
            finally:
                closed.set()

        async with AsyncDaemonClient(server.url) as daemon:
            async with daemon.run_many(goals()) as outcomes:
                assert (await anext(outcomes)).request == "first"
                more.set()
                assert (await anext(outcomes)).request == "second"
            assert closed.is_set()
            await settled(daemon, server)

    asyncio.run(main())


@pytest.mark.parametrize("asynchronous", [False, True])
def test_an_error_of_the_request_source_ends_the_outcomes(
    server: Server, asynchronous: bool
) -> None:
    def goals() -> Iterator[str]:
        yield "first"
        raise KeyError

    async def async_goals() -> AsyncIterator[str]:
        for goal in goals():
            yield goal

    async def main() -> None:
        server.plan(RUNNING)
        async with AsyncDaemonClient(server.url) as daemon:
            outcomes = daemon.run_many(async_goals() if asynchronous else goals())
            with pytest.raises(KeyError):
                await anext(outcomes)
            await settled(daemon, server)
            with pytest.raises(StopAsyncIteration):
                await anext(outcomes)

    asyncio.run(main())


def test_pages_that_are_left_leave_no_task(server: Server) -> None:
    async def main() -> None:
        page = {"runs": [{"run_id": "r", "state": "running"}] * 2}
        server.plan(json_reply({**page, "pagination": {"next_page_token": "t"}}))
        async with AsyncDaemonClient(server.url) as daemon:
            async for _ in daemon.iter_runs():
                break
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert len(server.requests) == 1

    asyncio.run(main())


def test_closing_a_client_ends_the_calls_in_flight(server: Server) -> None:
    async def main() -> None:
        daemon = AsyncDaemonClient(server.url)
        with Silent() as silent:
            server.plan(silent)
            work: list[Coroutine[Any, Any, Any]] = [
                daemon.health(),
                daemon.health(),
                daemon.run("g"),
            ]
            calls = [asyncio.create_task(each) for each in work]
            await until(lambda: silent.requests == 3)
            await daemon.close()
            for call in calls:
                with pytest.raises((ArpTransportError, ArpConfigError)):
                    await call
        await settled(daemon, server)
        with pytest.raises(ArpConfigError, match="closed"):
            await daemon.health()

    asyncio.run(main())


def test_a_second_cancellation_ends_the_wait_for_created_instances(server: Server) -> None:
    async def main() -> None:
        async with AsyncDaemonClient(server.url) as daemon:
            with Silent() as silent:
                server.plan(silent)
                entering = asyncio.create_task(daemon.instances("p").__aenter__())
                await until(lambda: silent.requests == 1)
                entering.cancel()
                done, _ = await asyncio.wait({entering}, timeout=0.05)
                assert not done  # it waits for the response, to know what to delete
                entering.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await entering
            await settled(daemon, server)

    asyncio.run(main())


def test_hundreds_of_calls_run_at_once() -> None:
    async def main(url: str) -> list[Any]:
        async with AsyncDaemonClient(url) as daemon:
            return await asyncio.gather(*(daemon.health() for _ in range(200)))

    with Sandbox() as box:
        assert [health.status for health in asyncio.run(main(box.daemon_url))] == ["ok"] * 200
