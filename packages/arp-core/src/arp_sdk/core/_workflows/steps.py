"""The means by which a workflow makes calls: a workflow is steps made of the steps of calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import msgspec

from arp_sdk.core._call.effects import Clock, Steps
from arp_sdk.core._contract.operation import Operation


@runtime_checkable
class Invoke(Protocol):
    """Call an operation of the client's service and return its value."""

    def __call__(
        self,
        operation: Operation[Any],
        path: Sequence[Any] = (),
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        deadline: float | None = None,
        base_url: str | None = None,
    ) -> Steps[Any]:
        """Return the steps of one call.

        Args:
            operation: The operation.
            path: Values of the path parameters.
            query: Values of the query parameters.
            body: The request body.
            deadline: Time at which the call must have ended, by the client's clock; None for the
                client's own deadline.
            base_url: Another service to call; None for the client's own.
        """
        raise NotImplementedError


class Caller(msgspec.Struct, frozen=True):
    """The parts of a client that workflows use.

    Attributes:
        invoke: Calls an operation.
        clock: The client's clock.
    """

    invoke: Invoke
    clock: Clock
