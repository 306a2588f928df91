"""The events of a run, and its result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from arp_sdk.core._streaming.cursor import Gap

from ._closing import Closing
from ._stream import EventStream

R = TypeVar("R")
T = TypeVar("T")


class Follow(Closing, Generic[T, R]):
    """The events of a run, and its result after them.

    Iterate over it for the events; if the service has none, the loop ends at once. `result()`
    returns the result, after the events or at any other time.
    """

    def __init__(self, events: EventStream[T] | None, finish: Callable[[bool], R]) -> None:
        self._events = events
        self._finish = finish

    @property
    def has_events(self) -> bool:
        """True if the service streams events."""
        return self._events is not None

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The missing events, by their numbers."""
        return () if self._events is None else self._events.gaps

    def __iter__(self) -> Iterator[T]:
        return iter(self._events if self._events is not None else ())

    def result(self, *, check: bool = True) -> R:
        """Wait for the run to end, and return its result. Events that were not read are dropped.

        Args:
            check: True to raise if the run failed, False to return its result.

        Raises:
            ArpRunFailed: If the run did not reach its goal.
            ArpWaitTimeoutError: If it has not ended within the timeout.
        """
        self.close()
        return self._finish(check)

    def close(self) -> None:
        """Stop following, and free the connection."""
        if self._events is not None:
            self._events.close()
