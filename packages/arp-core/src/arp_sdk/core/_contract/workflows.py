"""The workflows that the contract's extensions declare, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, List, TypeVar  # noqa: UP035  # `list` is a field below

import msgspec

from .operation import Operation

R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T")


class Pageable(msgspec.Struct, Generic[T], frozen=True):
    """An operation that returns a list page by page (`x-arp-pageable`). `T` is an item.

    Attributes:
        operation: The operation.
        items: Property of the response with the items.
        token: Argument for the token of a page.
        next_token: Path in the response to the token of the next page.
    """

    operation: Operation[Any]
    items: str
    token: str
    next_token: tuple[str, ...]


class WorkerLookup(msgspec.Struct, frozen=True):
    """The way to find the service that does work, its worker.

    Attributes:
        name: Property of the status with the name of the worker.
        workers: Operation that lists the workers.
        items: Property of its response with the workers.
        key: Property of a worker with its name.
        endpoint: Property of a worker with its base URL.
    """

    name: str
    workers: Operation[Any]
    items: str
    key: str
    endpoint: str


class Streamed(msgspec.Struct, frozen=True):
    """The numbering of the events of a stream (`x-arp-stream`).

    Attributes:
        seq: Property of an event with its number.
        kind: Property of an event with its type.
        last: Types of event that end the stream.
        final: Types of event after which the service may end the stream, or send more.
        sparse: True if numbers may be left out, so that a gap means nothing.
    """

    seq: str
    kind: str
    last: frozenset[str]
    final: frozenset[str] = frozenset()
    sparse: bool = False


class LongRunning(msgspec.Struct, Generic[S, R], frozen=True):
    """Work that continues after the response that accepts it (`x-arp-long-running`).

    `S` is its status, `R` its result.

    Attributes:
        submit: Operation that starts the work and returns its status.
        status: Operation that returns its status.
        result: Operation that returns its result, or None if the status is the result.
        id: Property of the status with the identifier of the work.
        state: Property of the status with the state of the work.
        final: States in which the work no longer changes.
        succeeded: States that mean that the work reached its goal. Empty if only `ok` says so.
        ok: Property of the result that is true if the work reached its goal, or an empty string
            if the state says so.
        result_id: Property of the status with the argument of `result`, or an empty string for
            `id`.
        service: Argument for a client of the service that has the result, or an empty string if
            it is the client's own service.
        source: Client of that service, or None: then the status is the result.
        overtaken: States in `final` that another one may still follow, for a moment.
        shorthand: Path in the request that a plain string stands for. Empty if there is none.
        error: Path in the result to the error. Empty if there is none.
        worker: The way to find the service that does the work and has the operations `cancel`
            and `events`, or None if it is this service.
        cancel: Operation that cancels the work, or None.
        events: Operation that streams its events, or None.
        streamed: The numbering of these events, or None.
    """

    submit: Operation[S]
    status: Operation[S]
    result: Operation[R] | None
    id: str
    state: str
    final: frozenset[str]
    succeeded: frozenset[str] = frozenset()
    ok: str = ""
    result_id: str = ""
    service: str = ""
    source: Any = None
    overtaken: frozenset[str] = frozenset()
    shorthand: tuple[str, ...] = ()
    error: tuple[str, ...] = ()
    worker: WorkerLookup | None = None
    cancel: Operation[Any] | None = None
    events: Operation[Any] | None = None
    streamed: Streamed | None = None

    def at(self, source: Any) -> LongRunning[S, R]:
        """Return this with a client of the service that has the result, or None for no client."""
        return msgspec.structs.replace(self, source=source)

    def request(self, given: Any) -> Any:
        """Return the request body: `given` itself, or the request that a string stands for."""
        if not isinstance(given, str) or not self.shorthand:
            return given
        value: Any = given
        for name in reversed(self.shorthand):
            value = {name: value}
        return self.submit.body.from_dict(value)

    def is_final(self, status: Any) -> bool:
        """Return True if the work no longer changes."""
        return str(getattr(status, self.state)) in self.final

    def failure(self, result: Any) -> str:
        """Return the error in a result, by its code and message if it has them, or nothing."""
        error = result if self.error else None
        for name in self.error:
            error = member(error, name)
        parts = [str(part) for name in ("code", "message") if (part := member(error, name))]
        return ": ".join(parts) or str(error or "")


class Leasable(msgspec.Struct, Generic[T], frozen=True):
    """Resources that are created, used and deleted (`x-arp-lease`). `T` is a resource.

    Attributes:
        create: Operation that creates resources.
        delete: Operation that deletes one.
        list: Operation that lists all.
        items: Property of the responses of `create` and `list` with the resources.
        id: Property of a resource with its identifier.
        state: Property of a resource with its state.
        ready: States in which a resource can be used.
        pending: States before that.
    """

    create: Operation[Any]
    delete: Operation[None]
    list: Operation[Any]
    items: str
    id: str
    state: str
    ready: frozenset[str]
    pending: frozenset[str]


class Invocable(msgspec.Struct, Generic[T], frozen=True):
    """Functions that are listed and invoked by name (`x-arp-invoke`). `T` is a definition.

    Attributes:
        invoke: Operation that invokes a function.
        list: Operation that lists the definitions.
        id: Property of a definition with its identifier.
        name: Property of a definition with its name.
        schema: Property of a definition with the JSON Schema of its arguments.
        by_id: Property of the request for the identifier of the function.
        by_name: Property of the request for its name.
        call_id: Property of the request for the identifier of the invocation.
        arguments: Property of the request for the arguments.
        ok: Property of the response that is true if the invocation succeeded.
        result: Property of the response with the result.
        error: Property of the response with the error.
    """

    invoke: Operation[Any]
    list: Operation[List[T]]  # noqa: UP006
    id: str
    name: str
    schema: str
    by_id: str
    by_name: str
    call_id: str
    arguments: str
    ok: str
    result: str
    error: str


def member(value: object, name: str) -> Any:
    """Return a member of a mapping, or an attribute of another object; None if there is none."""
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
