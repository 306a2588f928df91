"""The events of one piece of work, for any number of readers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")

_POSITION = re.compile("[0-9]{1,15}")


class EventLog(Generic[T]):
    """The events of a run, for any number of readers, each of which follows from its position.

    Example::

        log.append(event)
        return log.follow(last_event_id)

    It belongs to one event loop.

    Args:
        events: The events so far. The number of an event is its position.

    Attributes:
        events: The events.
        is_closed: True if no more follow.
    """

    def __init__(self, events: Iterable[T] = ()) -> None:
        self.events: list[T] = list(events)
        self.is_closed = False
        self._changed: asyncio.Future[None] | None = None

    def append(self, event: T) -> None:
        """Add an event, and wake the readers."""
        self.events.append(event)
        self._notify()

    def close(self, events: Iterable[T] = ()) -> None:
        """Add the last events. Readers end after them."""
        self.events.extend(events)
        self.is_closed = True
        self._notify()

    def clear(self) -> None:
        """Begin again, without events."""
        self.events.clear()
        self.is_closed = False

    async def follow(self, last_event_id: str | None = None) -> AsyncIterator[T]:
        """Yield the events as they happen, until the log is closed.

        Args:
            last_event_id: The number of the last event that the reader has. Anything that is not
                a number means that it has none.
        """
        seen = _POSITION.fullmatch(last_event_id or "")
        position = int(seen[0]) + 1 if seen else 0
        while True:
            while position < len(self.events):
                yield self.events[position]
                position += 1
            if self.is_closed:
                return
            if self._changed is None:
                self._changed = asyncio.get_running_loop().create_future()
            # Shielded: the future is shared by all readers.
            await asyncio.shield(self._changed)

    def _notify(self) -> None:
        changed, self._changed = self._changed, None
        if changed is not None and not changed.done():
            changed.set_result(None)
