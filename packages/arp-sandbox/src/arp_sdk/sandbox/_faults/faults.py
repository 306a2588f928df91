from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from arp_sdk.core import Operation


@dataclass
class Fault:
    """A fault that the sandbox injects. `Faults.add` makes it.

    Attributes:
        operation: Operation that it affects, or None for all.
        service: Service that it affects, or None for all.
        times: Number of requests that it affects, or None for all.
        delay: Seconds by which it delays a request.
        status: HTTP status of the response, or None.
        retry_after: Seconds for the `Retry-After` header, or None.
        reset: When it resets the connection, or None.
        truncate: True if it cuts off the response.
        malformed: True if it breaks the JSON of the response.
        drop_stream_after: Number of events after which it closes a stream, or None.
        hits: Number of requests that it has affected so far.
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
    hits: int = field(default=0, init=False)


class Faults:
    """The faults of a sandbox. Any thread may change them while the services run.

    Args:
        services: The operations of each service, by the service's name.
    """

    def __init__(self, services: Mapping[str, Mapping[str, Operation[Any]]]) -> None:
        self._services = services
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(
        self,
        *,
        operation: str | None = None,
        service: str | None = None,
        times: int | None = None,
        delay: float = 0.0,
        status: int | None = None,
        retry_after: int | None = None,
        reset: bool | Literal["before", "after"] = False,
        truncate: bool = False,
        malformed: bool = False,
        drop_stream_after: int | None = None,
    ) -> Fault:
        """Inject a fault into requests from now on.

        If several faults match a request, the one that was added first affects it.

        Args:
            operation: Operation to affect, such as `submit_run`; by default, all.
            service: Service to affect: `tool_registry`, `runtime` or `daemon`; by default, all.
                The daemon's instances are runtimes.
            times: Number of requests to affect; by default, all.
            delay: Seconds to delay the request, alone or before another fault.
            status: HTTP status from 400 to 599 to respond with. The operation is not called.
            retry_after: Seconds for the `Retry-After` header of that response.
            reset: Reset the connection: `before` (or True) the operation is called, so that it
                has no effect, or `after`, so that only its response is lost.
            truncate: Call the operation, then close the connection in the middle of the response
                body. A response without a body stays whole.
            malformed: Call the operation, then break the JSON of the response, if it has any.
            drop_stream_after: Close the connection of a stream after this many events.

        Returns:
            The fault. Its `hits` counts the requests that it has affected.

        Raises:
            ValueError: If an argument names something unknown, or the arguments conflict.
        """
        fault = Fault(
            operation=operation,
            service=service,
            times=times,
            delay=delay,
            status=status,
            retry_after=retry_after,
            reset="before" if reset is True else reset or None,
            truncate=truncate,
            malformed=malformed,
            drop_stream_after=drop_stream_after,
        )
        self._check(fault)
        with self._lock:
            self._faults.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Stop injecting a fault."""
        with self._lock:
            self._faults = [kept for kept in self._faults if kept is not fault]

    def clear(self) -> None:
        """Stop injecting all faults."""
        with self._lock:
            self._faults.clear()

    def take(self, service: str, operation: str) -> Fault | None:
        """Return the fault for a request, counted as a hit, or None."""
        with self._lock:
            for fault in self._faults:
                if (
                    fault.operation in (None, operation)
                    and fault.service in (None, service)
                    and (fault.times is None or fault.hits < fault.times)
                ):
                    fault.hits += 1
                    return fault
        return None

    def _check(self, fault: Fault) -> None:
        if fault.service is not None and fault.service not in self._services:
            known = ", ".join(self._services)
            raise ValueError(f"unknown service {fault.service!r}; the services are {known}")
        streams = [
            bool(operation.streams)
            for service, operations in self._services.items()
            for operation in operations.values()
            if fault.service in (None, service) and fault.operation == operation.name
        ]
        damage = (fault.status, fault.reset, fault.truncate or None, fault.malformed or None)
        chosen = [kind for kind in (*damage, fault.drop_stream_after) if kind is not None]
        for wrong, message in (
            (fault.operation and not streams, f"unknown operation {fault.operation!r}"),
            (
                fault.status is not None and not 400 <= fault.status <= 599,
                "status must be from 400 to 599",
            ),
            (fault.retry_after is not None and fault.status is None, "retry_after needs status"),
            (fault.times is not None and fault.times < 1, "times must be at least 1"),
            (len(chosen) > 1, "a fault does one kind of damage: add a second fault for another"),
            (not chosen and not fault.delay, "the fault does nothing"),
            (
                fault.drop_stream_after is not None and fault.operation and not any(streams),
                f"{fault.operation} is not a stream",
            ),
            (
                (fault.truncate or fault.malformed) and any(streams),
                "for a stream, use drop_stream_after",
            ),
        ):
            if wrong:
                raise ValueError(message)
