"""Many pieces of work at once, in bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from typing import Generic, TypeVar

from arp_sdk.errors import ArpConfigError

from .._many import Outcome
from ._closing import AsyncClosing

Q = TypeVar("Q")
R = TypeVar("R")

Requests = Iterable[Q] | AsyncIterable[Q]


class AsyncOutcomes(AsyncClosing, Generic[Q, R]):
    """What becomes of many requests, in the order in which they end.

    Iterate over it with `async for`. Requests are taken as there is room for them, and only
    while the next outcome is asked for. Leaving it by `async with`, closing it, dropping it or
    canceling the task that iterates begins nothing more and stops waiting for what has been
    begun; what was submitted goes on.
    """

    def __init__(
        self,
        work: Callable[[Q], Awaitable[R]],
        requests: Requests[Q],
        max_concurrency: int,
        on_progress: Callable[[Outcome[Q, R]], None] | None = None,
    ) -> None:
        if max_concurrency < 1:
            raise ArpConfigError("max_concurrency must be at least 1")
        self._work = work
        self._source: AsyncIterator[Q] | None = _each(requests)
        self._taken = 0
        self._max_concurrency = max_concurrency
        self._on_progress = on_progress
        self._done: asyncio.Queue[Outcome[Q, R]] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._running = 0

    def __aiter__(self) -> AsyncIterator[Outcome[Q, R]]:
        return self

    async def __anext__(self) -> Outcome[Q, R]:
        """Wait for the next outcome."""
        try:
            while self._running < self._max_concurrency and self._source is not None:
                await self._begin_next(self._source)
            if not self._running:
                raise StopAsyncIteration
            outcome = await self._done.get()
        except StopAsyncIteration:
            raise
        except BaseException:
            await self.close()
            raise
        self._running -= 1
        if self._on_progress is not None:
            self._on_progress(outcome)
        return outcome

    async def close(self) -> None:
        """Begin nothing more, and stop waiting for what has been begun."""
        tasks = self._cancel()
        if tasks:
            await asyncio.wait(tasks)

    def __del__(self) -> None:
        if hasattr(self, "_tasks"):
            self._cancel()

    def _cancel(self) -> list[asyncio.Task[None]]:
        self._source = None
        self._running = 0
        tasks = [task for task in self._tasks if not task.get_loop().is_closed()]
        for task in tasks:
            task.cancel()
        return tasks

    async def _begin_next(self, source: AsyncIterator[Q]) -> None:
        try:
            request = await anext(source)
        except StopAsyncIteration:
            self._source = None
            return
        one = _one(self._work, self._taken, request, self._done)
        task = asyncio.create_task(one, name=f"arp-run-{self._taken}")
        # The loop holds its tasks weakly.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._taken += 1
        self._running += 1


async def _each(requests: Requests[Q]) -> AsyncIterator[Q]:
    if isinstance(requests, AsyncIterable):
        async for request in requests:
            yield request
    else:
        for request in requests:
            yield request


async def _one(
    work: Callable[[Q], Awaitable[R]], index: int, request: Q, done: asyncio.Queue[Outcome[Q, R]]
) -> None:
    try:
        outcome = Outcome[Q, R](index, request, await work(request), None)
    except Exception as error:
        outcome = Outcome[Q, R](index, request, None, error)
    done.put_nowait(outcome)
