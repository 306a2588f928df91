from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Event(Generic[T]):
    """One event of a streamed answer.

    Attributes:
        data: What it carries, a value of the contract.
        id: What a client names in `Last-Event-ID` to get what comes after it.
        name: Its kind, the `event` field of `text/event-stream`.
    """

    data: T
    id: str
    name: str
