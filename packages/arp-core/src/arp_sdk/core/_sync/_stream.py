"""A streamed answer as an iterator of typed events, driven with threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from arp_sdk.core._call.effects import Answer, Exchange
from arp_sdk.core._streaming.stream_state import Events, Open, Progress, Read, Steps

from ._closing import Closing

T = TypeVar("T")


class EventStream(Progress[T], Closing, Generic[T]):
    """The events of a streamed answer, as they arrive.

    Iterate over it. Close it, or use it as a context manager, to leave before the end.

    A stream that breaks or falls silent is opened again behind the last event, as often as the
    client's `retries` allow without anything new; an event that comes twice is dropped.
    """

    def __init__(self, events: Events[T], drive: Callable[[Exchange], Answer]) -> None:
        self._events = events
        self._drive = drive
        self._left = threading.Event()
        self._follow(events.open())

    def __iter__(self) -> EventStream[T]:
        return self

    def __next__(self) -> T:
        """Wait for the next event.

        The iteration ends behind the last event, or where the service ends the stream and has
        nothing new to say when it is asked again; `complete` tells which.

        Raises:
            ArpTimeoutError: If nothing arrives within the idle timeout, over and over.
            ArpConnectionError: If the connection breaks, over and over.
            ArpDecodeError: If an event does not fit the contract. The next one can still be
                asked for.
            ArpApiError: If the service reports its own failure in place of an event.
        """
        events = self._events
        while True:
            if not events.ready:
                self._follow(events.receive())
                if not events.ready:
                    raise StopIteration
            event = events.take()
            if event is not None:
                return event

    def close(self) -> None:
        """Drop what has not been read, and free the connection, also from another thread."""
        self._events.left = True
        self._left.set()
        if self._events.body is not None:
            self._events.body.interrupt()
        self._events.leave()

    def __del__(self) -> None:
        # A stream that is dropped in the middle has nobody left to close it.
        if hasattr(self, "_events"):
            self._events.hang_up()

    def _follow(self, steps: Steps) -> None:
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
                    outcome = self._drive(effect.steps)
                elif isinstance(effect, Read):
                    outcome = effect.body.read()
                else:
                    self._left.wait(effect.seconds)
            except Exception as error:
                # Whatever the libraries make of a stream that another thread closed.
                if not (isinstance(effect, Read) and self._events.left):
                    advance, outcome = steps.throw, error
