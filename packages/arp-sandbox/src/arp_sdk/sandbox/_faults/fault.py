from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass
class Fault:
    """Something that goes wrong on purpose. `Faults.add` makes it.

    Attributes:
        operation: The operation that it befalls, or None for every one.
        service: The service that it befalls, such as `daemon`, or None for every one.
        times: How many requests it still befalls, or None for all.
        delay: Seconds that it holds a request back.
        status: HTTP status that is answered instead of calling the operation.
        retry_after: Seconds in the `Retry-After` header of that answer.
        reset: Whether the connection is reset, before the operation is called or after.
        truncate: Whether the answer breaks off in the middle of its body.
        malformed: Whether the answer's JSON is broken.
        drop_stream_after: How many events of a stream arrive before the connection breaks.
        struck: How many requests it has befallen.
    """

    operation: str | None = None
    service: str | None = None
    times: int | None = None
    delay: float = 0.0
    status: int | None = None
    retry_after: int | None = None
    reset: Literal["before", "after"] | None = None
    truncate: bool = False
    malformed: bool = False
    drop_stream_after: int | None = None
    struck: int = field(default=0, init=False)
