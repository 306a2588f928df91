"""What the contract's extensions say of operations that belong together, as data."""

from __future__ import annotations

from typing import Any, Generic, List, TypeVar  # noqa: UP035  # `list` is a field below

import msgspec

from .operation import Operation

R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T")


class Pageable(msgspec.Struct, Generic[T], frozen=True):
    """An operation that answers with a page of items (`x-arp-pageable`). `T` is an item.

    Attributes:
        operation: The operation.
        items: The answer's property that holds the items.
        token: The argument that takes a page's token.
        next_token: The path in the answer to the next page's token.
    """

    operation: Operation[Any]
    items: str
    token: str
    next_token: tuple[str, ...]


class CancelElsewhere(msgspec.Struct, frozen=True):
    """How to cancel by the service that does the work, where this one cannot.

    Attributes:
        worker: The status's property that names the worker.
        workers: The operation that lists the workers.
        items: Its answer's property that holds them.
        key: A worker's property that is its name.
        endpoint: A worker's property that is its base URL.
        operation: The operation of the worker that cancels.
    """

    worker: str
    workers: Operation[Any]
    items: str
    key: str
    endpoint: str
    operation: Operation[Any]


class LongRunning(msgspec.Struct, Generic[S, R], frozen=True):
    """Work that goes on after it was accepted (`x-arp-long-running`).

    `S` is its status, `R` its result.

    Attributes:
        submit: The operation that starts it; answers with a status.
        status: The operation that returns its status.
        result: The operation that returns its result.
        id: The status's property that identifies it.
        state: The status's property that says how far it is.
        final: The states in which it no longer changes.
        ok: The result's property that says whether it reached its goal.
        shorthand: The path in the request that a plain string stands for.
        error: The result's property that says what went wrong, or nothing.
        cancel: The operation that cancels it, or how else to, or None.
        events: The operation that streams its events, or None.
    """

    submit: Operation[S]
    status: Operation[S]
    result: Operation[R]
    id: str
    state: str
    final: frozenset[str]
    ok: str
    shorthand: tuple[str, ...]
    error: str = ""
    cancel: Operation[Any] | CancelElsewhere | None = None
    events: Operation[Any] | None = None

    def request(self, given: Any) -> Any:
        """The request body: as given, or built around the string that was given instead."""
        if not isinstance(given, str):
            return given
        value: Any = given
        for name in reversed(self.shorthand):
            value = {name: value}
        return self.submit.body.from_dict(value)

    def is_final(self, status: Any) -> bool:
        """Whether the work no longer changes."""
        return str(getattr(status, self.state)) in self.final


class Streamed(msgspec.Struct, frozen=True):
    """How the events of a stream are told apart (`x-arp-stream`).

    Attributes:
        seq: The event's property that numbers it.
        kind: The event's property that says what it is.
        last: The kinds after which no more events come.
    """

    seq: str
    kind: str
    last: frozenset[str]


class Leasable(msgspec.Struct, Generic[T], frozen=True):
    """Things that are created, used and deleted (`x-arp-lease`). `T` is such a thing.

    Attributes:
        create: The operation that creates them.
        delete: The operation that deletes one.
        list: The operation that lists all.
        items: The property of both answers that holds them.
        id: A thing's property that identifies it.
        state: A thing's property that says how far it is.
        ready: The states in which it can be used.
        pending: The states on the way there.
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
        invoke: The operation that invokes one.
        list: The operation that lists the definitions.
        id: A definition's property that identifies it.
        name: A definition's property that people use.
        schema: A definition's property that is the JSON Schema of its arguments.
        by_id: The request's property for the id.
        by_name: The request's property for the name.
        call_id: The request's property that identifies the invocation.
        arguments: The request's property for the arguments.
        ok: The answer's property that says whether it worked.
        result: The answer's property for what came of it.
        error: The answer's property for what went wrong.
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
