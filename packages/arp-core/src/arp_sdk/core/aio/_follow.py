"""The events of a run, and its result."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from typing import Any, Generic, TypeVar

from arp_sdk.core._streaming.cursor import Gap
from arp_sdk.errors import ArpError

from ._closing import AsyncClosing
from ._stream import AsyncEventStream

R = TypeVar("R")
T = TypeVar("T")


class AsyncFollow(AsyncClosing, Generic[T, R]):
    """The events of a run, and its result after them.

    Iterate over it with `async for` for the events; if the service has none, the loop ends at
    once. `await result()` returns the result, after the events or at any other time.
    """

    # Set by the client, since the stream is only opened here.
    _lacks_events: Callable[[ArpError], bool]

    def __init__(
        self, events: AsyncEventStream[T] | None, finish: Callable[[bool], Awaitable[R]]
    ) -> None:
        self._events = events
        self._finish = finish

    @property
    def has_events(self) -> bool:
        """True if the service streams events; known after the first await, or `async with`."""
        return self._events is not None

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The missing events, by their numbers."""
        return () if self._events is None else self._events.gaps

    def __await__(self) -> Generator[object, None, AsyncFollow[T, R]]:
        """Open the stream of events now, and raise the error if that fails."""
        return self._open().__await__()

    async def __aenter__(self) -> AsyncFollow[T, R]:
        return await self._open()

    def __aiter__(self) -> AsyncIterator[T]:
        return _Events(self)

    async def _next(self) -> T:
        await self._open()
        if self._events is None:
            raise StopAsyncIteration
        return await anext(self._events)

    async def result(self, *, check: bool = True) -> R:
        """Wait for the run to end, and return its result. Events that were not read are dropped.

        Args:
            check: True to raise if the run failed, False to return its result.

        Raises:
            ArpRunFailed: If the run did not reach its goal.
            ArpWaitTimeoutError: If it has not ended within the timeout.
        """
        await self.close()
        return await self._finish(check)

    async def close(self) -> None:
        """Stop following, and free the connection."""
        if self._events is not None:
            await self._events.close()

    async def _open(self) -> AsyncFollow[T, R]:
        try:
            if self._events is not None:
                await self._events
        except ArpError as error:
            if not self._lacks_events(error):
                raise
            self._events = None
        return self


class _Events(AsyncIterator[T]):
    def __init__(self, follow: AsyncFollow[T, Any]) -> None:
        self._follow = follow

    async def __anext__(self) -> T:
        return await self._follow._next()
