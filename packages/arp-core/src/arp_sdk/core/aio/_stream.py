"""An event stream as an asynchronous iterator of typed events."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import suppress
from typing import Generic, TypeVar

from arp_sdk.core._call.effects import Steps
from arp_sdk.core._streaming.stream_state import StreamProgress, StreamState

from ._closing import AsyncClosing
from ._driver import AsyncDrive

T = TypeVar("T")


class AsyncEventStream(StreamProgress[T], AsyncClosing, Generic[T]):
    """The events of a stream, as they arrive.

    Iterate over it with `async for`. It is opened by the first event, by `await` or by
    `async with`. Close it, or use it as a context manager, to leave before the end.

    If the stream breaks or is silent for too long, it is opened again after the last event, up to
    `retries` times without a new event. Repeated events are dropped.
    """

    def __init__(self, state: StreamState[T], drive: AsyncDrive) -> None:
        self._state = state
        self._perform = drive
        self._left = asyncio.Event()
        self._opened = False

    def __await__(self) -> Generator[object, None, AsyncEventStream[T]]:
        """Open it now, and raise the error if it cannot be opened."""
        return self._open().__await__()

    async def __aenter__(self) -> AsyncEventStream[T]:
        return await self._open()

    def __aiter__(self) -> AsyncEventStream[T]:
        return self

    async def __anext__(self) -> T:
        """Wait for the next event.

        The iteration ends after the last event, or where the service ends the stream and has
        nothing new when it is opened again; `complete` tells which.

        Raises:
            ArpTimeoutError: If nothing arrives within the idle timeout, again and again.
            ArpConnectionError: If the connection breaks, again and again.
            ArpDecodeError: If an event does not fit the contract. The iteration can go on.
            ArpApiError: If the service reports its own failure in place of an event, or
                responds with an error in place of a stream.
        """
        state = self._state
        if not self._opened:
            await self._open()
        while True:
            if not state.ready:
                await self._drive(state.receive())
                if not state.ready:
                    raise StopAsyncIteration
            if state.is_large:
                event = await self._perform(state.take_apart())
            else:
                event = state.take()
            if event is not None:
                return event

    async def close(self) -> None:
        """Drop the events that were not read, and free the connection."""
        self._opened = True
        self._left.set()
        self._state.leave()

    def __del__(self) -> None:
        # Nobody is left to close a stream that was dropped.
        if hasattr(self, "_state"):
            self._state.hang_up()

    async def _open(self) -> AsyncEventStream[T]:
        if not self._opened:
            self._opened = True
            await self._drive(self._state.open())
        return self

    async def _drive(self, steps: Steps[None]) -> None:
        try:
            await self._perform(steps, self._sleep)
        except Exception:
            raise
        except BaseException:
            # Canceled: only the task that reads would free the connection.
            self._state.leave()
            raise

    async def _sleep(self, seconds: float) -> None:
        # Closing the stream ends a pause between two connections.
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._left.wait(), seconds)
