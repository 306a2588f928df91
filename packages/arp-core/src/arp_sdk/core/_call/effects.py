"""The effects that calls, workflows and streams ask a driver for.

A call, a workflow and a stream are generators that do no I/O. They yield an effect, and a driver
performs it and sends back its outcome, or throws in the error that it raised. There is one driver
for threads and one for asyncio.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from typing import Any, TypeVar

import msgspec

from arp_sdk.core._auth import Credentials
from arp_sdk.core._contract.operation import Operation
from arp_sdk.core._http.messages import HttpRequest, HttpResponse
from arp_sdk.core._options import Options

from .budget import Budget

T = TypeVar("T")

Clock = Callable[[], float]
"""Return the seconds of a clock that never goes back, such as `time.monotonic`."""


class Send(msgspec.Struct, frozen=True):
    """Send a request. The outcome is an `HttpResponse`, or a `Failure` where none came.

    Attributes:
        request: The request, without credentials.
        deadline: Time at which the call must have ended, by the client's clock.
        with_credentials: True if the target is the origin that the caller configured: only that
            origin gets credentials, the caller's session and the client certificate.
        stream: True if the body of a success is read later.
        until: Time at which such a body must have ended, by the client's clock.
    """

    request: HttpRequest
    options: Options
    deadline: float
    credentials: Credentials = Credentials()
    with_credentials: bool = True
    stream: bool = False
    until: float = math.inf

    def leaves_body(self, status: int) -> bool:
        """Return True if the body of a response with this status is read later."""
        return self.stream and 200 <= status < 300


class Pause(msgspec.Struct, frozen=True):
    """Sleep for some seconds."""

    seconds: float


class Reauthorize(msgspec.Struct, frozen=True):
    """Renew credentials after a 401. The outcome is True if there are new ones."""

    credentials: Credentials


class Read(msgspec.Struct, frozen=True):
    """Wait for more of a body. The outcome is bytes, empty at the end, or a `Failure`."""

    body: Any


class Finish(msgspec.Struct, frozen=True):
    """Take steps to their end, even if the caller is canceled meanwhile.

    Attributes:
        steps: The steps. Their result is the outcome.
        results: A list that gets the result too, in case nobody is left to take the outcome.
    """

    steps: Steps[Any]
    results: list[Any] = msgspec.field(default_factory=list)


class Compute(msgspec.Struct, frozen=True):
    """Call a function that may take long without I/O. The outcome is what it returns."""

    function: Callable[[], Any]


class Delegate(msgspec.Struct, frozen=True):
    """Take steps with another client, which has connections of its own.

    Attributes:
        client: The client.
        steps: The steps. Their result is the outcome.
    """

    client: Any
    steps: Steps[Any]


Effect = Send | Pause | Reauthorize | Read | Finish | Compute | Delegate
Steps = Generator[Effect, Any, T]
"""A generator that yields effects and returns a `T`."""


class Call(msgspec.Struct):
    """One call of an operation, apart from its request.

    Attributes:
        credentials: Credentials for `base_url`.
        own_origin: True if `base_url` is the client's own, False for another service.
        effect_id: Identifier of the effect of a POST that can be looked up, or None.
        attempts: Number of times that something was sent so far.
        started: Time at which the call began, by the client's clock.
        is_look_up: True if the call asks for the effect of another call.
        until: Time at which a stream must have ended, by the client's clock.
    """

    operation: Operation[Any]
    base_url: str
    options: Options
    budget: Budget
    clock: Clock
    credentials: Credentials = Credentials()
    own_origin: bool = True
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    effect_id: str | None = None
    attempts: int = 0
    started: float = 0.0
    is_look_up: bool = False
    until: float = math.inf


class CallResult(msgspec.Struct, frozen=True):
    """The final response of a call, and the request that brought it.

    Attributes:
        call: The call; a look-up where that stands in for the call.
    """

    call: Call
    request: HttpRequest
    response: HttpResponse
