from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Event(Generic[T]):
    """One event of a streamed response.

    Attributes:
        data: Its data, a value of the contract.
        id: Its id, which a client sends as `Last-Event-ID` to continue after it.
        name: Its type, the `event` field of `text/event-stream`.
    """

    data: T
    id: str
    name: str
