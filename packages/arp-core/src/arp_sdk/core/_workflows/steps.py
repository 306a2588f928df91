"""The means by which a workflow makes calls: a workflow is steps made of the steps of calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import msgspec

from arp_sdk.core._call.effects import Clock, Steps
from arp_sdk.core._contract.operation import Operation
from arp_sdk.core._contract.workflows import Streamed
from arp_sdk.core._streaming.stream_state import StreamState

# Polls per second of one client, however many things it waits for.
_MOST_POLLS = 500.0


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
        """Return the steps of one call, which must have ended by the deadline.

        The deadline is by the client's clock; the base URL is that of another service.
        """
        raise NotImplementedError


@runtime_checkable
class Watch(Protocol):
    """Open a stream of events."""

    def __call__(
        self,
        operation: Operation[Any],
        path: Sequence[Any],
        streamed: Streamed | None,
        until: float,
        base_url: str | None = None,
    ) -> StreamState[Any]:
        """Return a stream that is not open yet, and ends at `until` by the client's clock.

        The base URL is that of another service.
        """
        raise NotImplementedError


class Waits(msgspec.Struct):
    """The waits of a client, which share the service's patience.

    Attributes:
        polling: Number of things that are waited for by polling.
        eventless: The base URLs of workers that have shown that they stream no events; an empty
            string stands for the service itself.
        workers: The base URLs of workers, by name.
        sought: The names of workers whose base URL was asked for, until the response.
    """

    polling: int = 0
    eventless: set[str] = msgspec.field(default_factory=set)
    workers: dict[str, str] = msgspec.field(default_factory=dict)
    sought: dict[str, object] = msgspec.field(default_factory=dict)

    @property
    def interval(self) -> float:
        """Seconds between two polls of one thing that keep all of them within the limit."""
        return self.polling / _MOST_POLLS


class Caller(msgspec.Struct, frozen=True):
    """The parts of a client that workflows use."""

    invoke: Invoke
    clock: Clock
    watch: Watch
    waits: Waits
