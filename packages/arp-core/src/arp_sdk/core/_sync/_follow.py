"""A run followed to its end: its events as they come, and then its result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from ._closing import Closing
from ._stream import EventStream

R = TypeVar("R")
T = TypeVar("T")


class Follow(Closing, Generic[T, R]):
    """The events of a run, and its result behind them.

    Iterate over it for the events; where the service has none, there are none. Then, or at
    once, `result()` returns what came of the run.
    """

    def __init__(self, events: EventStream[T] | None, finish: Callable[[bool], R]) -> None:
        self._events = events
        self._finish = finish

    @property
    def has_events(self) -> bool:
        """Whether the service streams events."""
        return self._events is not None

    def __iter__(self) -> Iterator[T]:
        return iter(self._events if self._events is not None else ())

    def result(self, *, check: bool = True) -> R:
        """Wait for the run to end, and return its result; events not yet seen are dropped.

        Args:
            check: Whether a run that failed raises, or its result is returned.

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
