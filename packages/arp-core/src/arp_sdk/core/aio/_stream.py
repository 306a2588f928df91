"""A streamed answer as an asynchronous iterator of typed events."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import suppress
from typing import Any, Generic, TypeVar

from arp_sdk.core._call.effects import Answer, Exchange
from arp_sdk.core._streaming.stream_state import Events, Open, Progress, Read, Steps

from ._closing import AsyncClosing

T = TypeVar("T")


class AsyncEventStream(Progress[T], AsyncClosing, Generic[T]):
    """The events of a streamed answer, as they arrive.

    Iterate over it with `async for`. It is opened by the first event that is asked for, or
    before that by awaiting it or by `async with`. Close it, or use it as a context manager, to
    leave before the end.

    A stream that breaks or falls silent is opened again behind the last event, as often as the
    client's `retries` allow without anything new; an event that comes twice is dropped.
    """

    def __init__(self, events: Events[T], drive: Callable[[Exchange], Awaitable[Answer]]) -> None:
        self._events = events
        self._drive = drive
        self._left = asyncio.Event()
        self._begun = False

    def __await__(self) -> Generator[object, None, AsyncEventStream[T]]:
        """Open it now, and raise what keeps it from being opened."""
        return self._open().__await__()

    async def __aenter__(self) -> AsyncEventStream[T]:
        return await self._open()

    def __aiter__(self) -> AsyncEventStream[T]:
        return self

    async def __anext__(self) -> T:
        """Wait for the next event.

        The iteration ends behind the last event, or where the service ends the stream and has
        nothing new to say when it is asked again; `complete` tells which.

        Raises:
            ArpTimeoutError: If nothing arrives within the idle timeout, over and over.
            ArpConnectionError: If the connection breaks, over and over.
            ArpDecodeError: If an event does not fit the contract. The next one can still be
                asked for.
            ArpApiError: If the service reports its own failure in place of an event, or
                answers with an error in place of a stream.
        """
        events = self._events
        if not self._begun:
            await self._open()
        while True:
            if not events.ready:
                await self._follow(events.receive())
                if not events.ready:
                    raise StopAsyncIteration
            event = events.take()
            if event is not None:
                return event

    async def close(self) -> None:
        """Drop what has not been read, and free the connection."""
        self._begun = True
        self._left.set()
        self._events.leave()

    def __del__(self) -> None:
        # A stream that is dropped in the middle has nobody left to close it.
        if hasattr(self, "_events"):
            self._events.hang_up()

    async def _open(self) -> AsyncEventStream[T]:
        if not self._begun:
            self._begun = True
            await self._follow(self._events.open())
        return self

    async def _follow(self, steps: Steps) -> None:
        advance: Callable[[Any], Any] = steps.send
        outcome: Any = None
        while True:
            try:
                effect = advance(outcome)
            except StopIteration:
                return
            advance, outcome = steps.send, None
            try:
                if isinstance(effect, Open):
                    outcome = await self._drive(effect.steps)
                elif isinstance(effect, Read):
                    outcome = await effect.body.read()
                else:
                    with suppress(asyncio.TimeoutError):
                        await asyncio.wait_for(self._left.wait(), effect.seconds)
            except Exception as error:
                advance, outcome = steps.throw, error
            except BaseException:
                # Canceled: the task that reads is the only one that would free the connection.
                self._events.leave()
                raise
