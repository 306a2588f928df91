"""Many requests at once, each in a task, in bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
)
from contextlib import suppress
from typing import Any, Generic, TypeVar

from arp_sdk.core._workflows.outcomes import Outcome

from ._closing import AsyncClosing

Q = TypeVar("Q")
R = TypeVar("R")

Requests = Iterable[Q] | AsyncIterable[Q]


class AsyncOutcomes(AsyncClosing, Generic[Q, R]):
    """The outcomes of many requests, in the order in which they end.

    Iterate over it with `async for`. It takes the next request when fewer than `max_concurrency`
    run, and only while the caller asks for the next outcome. If the caller leaves it by
    `async with`, closes it, drops it or cancels the task that iterates, no more requests start, and
    nothing waits for those in progress. Submitted work continues.
    """

    def __init__(
        self,
        run: Callable[[Q], Awaitable[R]],
        requests: Requests[Q],
        max_concurrency: int,
        on_progress: Callable[[Outcome[Q, R]], None] | None = None,
    ) -> None:
        self._run = run
        self._source: Iterator[Q] | AsyncIterator[Q] | None = (
            aiter(requests) if isinstance(requests, AsyncIterable) else iter(requests)
        )
        self._max_concurrency = max_concurrency
        self._on_progress = on_progress
        self._arrived: asyncio.Queue[_Arrival[Q, R]] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._taken = self._running = 0
        self._taking = False

    def __aiter__(self) -> AsyncIterator[Outcome[Q, R]]:
        return self

    async def __anext__(self) -> Outcome[Q, R]:
        """Wait for the next outcome."""
        try:
            outcome = await self._next()
        except GeneratorExit:  # the event loop is gone: nothing can be awaited any more
            self._cancel()
            raise
        except BaseException:
            await self.close()
            raise
        if outcome is None:
            raise StopAsyncIteration
        if self._on_progress is not None:
            self._on_progress(outcome)
        return outcome

    async def close(self) -> None:
        """Start no more requests, and stop waiting for those that were started."""
        self._cancel()
        # For a task that waits for the next outcome.
        self._arrived.put_nowait(None)
        if self._tasks:
            await asyncio.wait(self._tasks)

    def __del__(self) -> None:
        if hasattr(self, "_taking"):
            self._cancel()

    def _cancel(self) -> None:
        self._source = None
        self._running = 0
        self._taking = False
        for task in tuple(self._tasks):
            # Garbage may be collected by another thread, or after the loop has gone.
            with suppress(RuntimeError):
                task.get_loop().call_soon_threadsafe(task.cancel)

    async def _next(self) -> Outcome[Q, R] | None:
        while self._begin():
            arrived = await self._arrived.get()
            if isinstance(arrived, Outcome):
                self._running -= 1
                return arrived
            self._taking = False
            if isinstance(arrived, Exception):
                raise arrived
            if arrived is None:
                self._source = None
            else:
                self._start(*arrived)
        return None

    def _begin(self) -> bool:
        """Start requests while there is room; return True if there is something to wait for."""
        while self._source is not None and self._running < self._max_concurrency:
            if isinstance(self._source, AsyncIterator):
                # In a task of its own, since outcomes may come while the next request does not.
                if not self._taking:
                    self._spawn(_take(self._source, self._arrived), "arp-requests")
                    self._taking = True
                break
            try:
                request = next(self._source)
            except StopIteration:
                self._source = None
            else:
                self._start(request)
        return bool(self._running or self._taking)

    def _start(self, request: Q) -> None:
        one = _one(self._run, self._taken, request, self._arrived)
        self._spawn(one, f"arp-run-{self._taken}")
        self._taken += 1
        self._running += 1

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        # The loop holds its tasks weakly.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


# An outcome; a request; the error in taking one; None where there are no more.
_Arrival = Outcome[Q, R] | tuple[Q] | Exception | None


async def _take(source: AsyncIterator[Q], arrived: asyncio.Queue[_Arrival[Q, R]]) -> None:
    try:
        arrived.put_nowait((await anext(source),))
    except StopAsyncIteration:
        arrived.put_nowait(None)
    except Exception as error:
        arrived.put_nowait(error)


async def _one(
    run: Callable[[Q], Awaitable[R]],
    index: int,
    request: Q,
    arrived: asyncio.Queue[_Arrival[Q, R]],
) -> None:
    try:
        outcome = Outcome[Q, R](index, request, await run(request), None)
    except Exception as error:
        outcome = Outcome[Q, R](index, request, None, error)
    arrived.put_nowait(outcome)
