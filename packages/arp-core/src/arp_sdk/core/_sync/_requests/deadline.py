"""The deadline that connections of the current thread or greenlet read and write by."""

from __future__ import annotations

from contextvars import ContextVar

import msgspec


class Deadline(msgspec.Struct):
    """The time when reading a response must end, by `time.monotonic()`; it can be moved."""

    at: float


# Not a threading.local: if gevent patches late, its greenlets share that.
current_deadline: ContextVar[Deadline | None] = ContextVar("current_deadline", default=None)
