"""An event stream as an iterator of typed events."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

from arp_sdk.core._call.effects import Steps
from arp_sdk.core._streaming.stream_state import StreamProgress, StreamState

from ._closing import Closing
from ._driver import Drive

T = TypeVar("T")


class EventStream(StreamProgress[T], Closing, Generic[T]):
    """The events of a stream, as they arrive.

    Iterate over it. Close it, or use it as a context manager, to leave before the end.

    If the stream breaks or is silent for too long, it is opened again after the last event, up to
    `retries` times without a new event. Repeated events are dropped.
    """

    def __init__(self, state: StreamState[T], drive: Drive) -> None:
        self._state = state
        self._perform = drive
        self._left = threading.Event()
        self._drive(state.open())

    def __iter__(self) -> EventStream[T]:
        return self

    def __next__(self) -> T:
        """Wait for the next event.

        The iteration ends after the last event, or where the service ends the stream and has
        nothing new when it is opened again; `complete` tells which.

        Raises:
            ArpTimeoutError: If nothing arrives within the idle timeout, again and again.
            ArpConnectionError: If the connection breaks, again and again.
            ArpDecodeError: If an event does not fit the contract. The iteration can go on.
            ArpApiError: If the service reports its own failure in place of an event.
        """
        state = self._state
        while True:
            if not state.ready:
                self._drive(state.receive())
                if not state.ready:
                    raise StopIteration
            event = state.take()
            if event is not None:
                return event

    def close(self) -> None:
        """Drop the events that were not read, and free the connection. Any thread may call it."""
        self._state.left = True
        self._left.set()
        if self._state.body is not None:
            self._state.body.interrupt()
        self._state.leave()

    def __del__(self) -> None:
        # Nobody is left to close a stream that was dropped.
        if hasattr(self, "_state"):
            self._state.hang_up()

    def _drive(self, steps: Steps[None]) -> None:
        # Closing the stream ends a pause between two connections.
        self._perform(steps, self._left.wait)
