"""The driver that performs effects and blocks the calling thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from arp_sdk.core._auth import Credentials
from arp_sdk.core._call.effects import (
    Compute,
    Delegate,
    Effect,
    Pause,
    Read,
    Reauthorize,
    Send,
    Steps,
)
from arp_sdk.core._http import clock
from arp_sdk.core._late import late

if TYPE_CHECKING:
    from ._requests.connections import Connections

__getattr__ = late(Connections="arp_sdk.core._sync._requests.connections")


T = TypeVar("T")

Sleep = Callable[[float], object]
"""Sleep for some seconds."""


@runtime_checkable
class Drive(Protocol):
    """Perform the effects that steps ask for, and return their result."""

    def __call__(self, steps: Steps[T], sleep: Sleep = clock.sleep) -> T:
        """Perform them; `sleep` may end early."""
        raise NotImplementedError


def drive(steps: Steps[T], connections: Connections, sleep: Sleep = clock.sleep) -> T:
    """Perform the effects that steps ask for, and return their result.

    Whatever an effect raises, Ctrl-C included, is thrown into the steps, so that they can clean up.
    """
    advance: Callable[[Any], Effect] = steps.send
    outcome: Any = None
    used = Credentials()
    while True:
        try:
            effect = advance(outcome)
        except StopIteration as stop:
            result: T = stop.value
            return result
        advance = steps.send
        try:
            if isinstance(effect, Send):
                used = effect.credentials.ticket()
                outcome = connections.send(effect, used)
            elif isinstance(effect, Read):
                outcome = effect.body.read()
            elif isinstance(effect, Pause):
                outcome = sleep(effect.seconds)
            elif isinstance(effect, Reauthorize):
                outcome = effect.credentials.renew(used)
            elif isinstance(effect, Compute):
                outcome = effect.function()
            elif isinstance(effect, Delegate):
                outcome = effect.client._drive(effect.steps, sleep)
            else:
                outcome = drive(effect.steps, connections, sleep)
                effect.results.append(outcome)
        except BaseException as error:
            advance, outcome = steps.throw, error
