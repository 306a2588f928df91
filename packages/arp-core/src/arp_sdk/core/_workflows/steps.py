"""Work made of several calls, as generators without I/O: the twin of `_exchange` one level up.

A flow yields calls to make and pauses to take, and is sent what came of them or has the error
thrown into it. `Client` drives it with threads; an asyncio client drives the same flow.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from arp_sdk.core._call.effects import Pause
from arp_sdk.core._contract.operation import Operation

T = TypeVar("T")


class Invoke(msgspec.Struct, frozen=True):
    """Call an operation.

    Attributes:
        operation: The operation.
        path: Values of the path parameters.
        query: Values of the query parameters.
        body: The request body.
        deadline: When the call must end at the latest, by `time.monotonic()`, or None for the
            client's own deadline.
        base_url: Another service to call, without credentials; None for the client's own.
        answers: Where the answer is put as well, for calls whose effect must be undone: it
            comes there even if whoever waits for it is canceled.
    """

    operation: Operation[Any]
    path: Sequence[Any] = ()
    query: Mapping[str, Any] | None = None
    body: Any = None
    deadline: float | None = None
    base_url: str | None = None
    answers: list[Any] | None = None


Flow = Generator[Invoke | Pause, Any, T]
