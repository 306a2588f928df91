from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Literal

from .fault import Fault


class Faults:
    """What goes wrong on purpose. Safe to change from any thread while the services run.

    Args:
        services: Whether each operation of each service is a stream, by their names.
    """

    def __init__(self, services: Mapping[str, Mapping[str, bool]]) -> None:
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
        """Let requests go wrong, from now on.

        Of several faults that fit a request, the one that was added first befalls it.

        Args:
            operation: The operation that it befalls, such as `submit_run`; all where absent.
            service: The service that it befalls: `tool_registry`, `runtime` or `daemon`; all where
                absent. The instances of the daemon are runtimes.
            times: How many requests it befalls; all where absent.
            delay: Seconds to hold the request back, alone or before another fault.
            status: HTTP status from 400 to 599 to answer, instead of calling the operation.
            retry_after: Seconds for the `Retry-After` header of that answer.
            reset: Reset the connection: `before` (or True) the operation is called, so that it has
                no effect, or `after`, so that only its answer is lost.
            truncate: Break off in the middle of the answer's body, after calling the operation. An
                answer without a body stays whole.
            malformed: Break the answer's JSON, after calling the operation, if it has any.
            drop_stream_after: Break the connection of a stream after this many events.

        Returns:
            The fault. Its `struck` counts the requests that it has befallen.

        Raises:
            ValueError: If the arguments name nothing that exists, or do not go together.
        """
        fault = Fault(
            operation=operation,
            service=service,
            times=times,
            delay=delay,
            status=status,
            retry_after=retry_after,
            reset=("before" if reset is True else reset or None),
            truncate=truncate,
            malformed=malformed,
            drop_stream_after=drop_stream_after,
        )
        self._check(fault)
        with self._lock:
            self._faults.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Let a fault befall no more requests."""
        with self._lock:
            self._faults = [kept for kept in self._faults if kept is not fault]

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        with self._lock:
            self._faults.clear()

    def take(self, service: str, operation: str) -> Fault | None:
        """The fault that befalls this request, which counts as struck, or None."""
        with self._lock:
            for fault in self._faults:
                if (
                    fault.operation in (None, operation)
                    and fault.service in (None, service)
                    and (fault.times is None or fault.struck < fault.times)
                ):
                    fault.struck += 1
                    return fault
        return None

    def _check(self, fault: Fault) -> None:
        if fault.service is not None and fault.service not in self._services:
            raise ValueError(f"there is no service {fault.service!r}: {', '.join(self._services)}")
        streams = [
            is_stream
            for service, operations in self._services.items()
            for operation, is_stream in operations.items()
            if fault.service in (None, service) and fault.operation == operation
        ]
        if fault.operation is not None and not streams:
            raise ValueError(f"there is no operation {fault.operation!r}")
        if fault.status is not None and not 400 <= fault.status <= 599:
            raise ValueError(f"{fault.status} is no status of an error")
        if fault.retry_after is not None and fault.status is None:
            raise ValueError("retry_after needs a status")
        if fault.times is not None and fault.times < 1:
            raise ValueError("times has to be at least 1")
        kinds = (fault.status, fault.reset, fault.truncate or None, fault.malformed or None)
        chosen = [kind for kind in (*kinds, fault.drop_stream_after) if kind is not None]
        if len(chosen) > 1:
            raise ValueError("a request can go wrong in one way only: add another fault")
        if not chosen and not fault.delay:
            raise ValueError("a fault that does nothing")
        if fault.drop_stream_after is not None and fault.operation and not any(streams):
            raise ValueError(f"{fault.operation} is no stream")
        if (fault.truncate or fault.malformed) and any(streams):
            raise ValueError("a stream breaks by drop_stream_after")
