from __future__ import annotations

from collections.abc import Generator
from typing import Any

import msgspec

from arp_sdk.core._contract.operation import Operation
from arp_sdk.core._http.messages import HttpRequest, HttpResponse
from arp_sdk.core._options import Options

from .retry import Budget


class Send(msgspec.Struct, frozen=True):
    """Send a request and read the answer to its end, or only its head for a stream."""

    request: HttpRequest
    options: Options
    deadline: float
    with_credentials: bool = True
    stream: bool = False

    def leaves_body(self, status: int) -> bool:
        """Whether the body of an answer with this status is left to be read."""
        return self.stream and 200 <= status < 300


class Pause(msgspec.Struct, frozen=True):
    """Sleep."""

    seconds: float


class Reauthorize(msgspec.Struct, frozen=True):
    """Ask the token provider for a new token. The outcome is whether there is one."""


Effect = Send | Pause | Reauthorize


Exchange = Generator[Effect, Any, "Answer"]


class Answer(msgspec.Struct, frozen=True):
    """The final answer of a call, and the request that brought it.

    Attributes:
        operation: What it answers; a look-up where that stands in for the call.
        request: The request.
        response: The answer.
        attempts: How many times something was sent.
        effect_id: What identifies the effect of the call, or None.
    """

    operation: Operation[Any]
    request: HttpRequest
    response: HttpResponse
    attempts: int
    effect_id: str | None = None


class Call(msgspec.Struct, frozen=True):
    """What one call needs besides its request.

    Attributes:
        operation: The operation.
        base_url: Where the service is.
        options: The client's.
        budget: The client's.
        effect_id: What identifies the effect of a POST that can be looked up, or None.
        home: The origin that credentials may be sent to, where it is not that of `base_url`.
    """

    operation: Operation[Any]
    base_url: str
    options: Options
    budget: Budget
    effect_id: str | None = None
    home: str | None = None
