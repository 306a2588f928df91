"""The base of the generated service classes, and the facts that they carry."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from arp_sdk.core import Operation, Streamed

T = TypeVar("T")


@dataclass(frozen=True)
class Contract:
    """The contract of a service. Generated classes make it.

    Attributes:
        package: Package with the OpenAPI document `openapi.json`.
        title: Human-readable name of the service.
        operations: The operations, by the names of their methods.
        numbering: The numbering of the events of streams (`x-arp-stream`), by method name.
    """

    package: str
    title: str
    operations: Mapping[str, Operation[Any]]
    numbering: Mapping[str, Streamed] = field(default_factory=dict)

    def document(self) -> bytes:
        """Return the OpenAPI document: JSON, with all schemas that it refers to."""
        # Imported late: it takes as long as the rest of this package, and few ask.
        from importlib.resources import files

        return files(self.package).joinpath("openapi.json").read_bytes()


class Service:
    """Base of the generated classes, such as `arp_sdk.runtime.server.RuntimeService`.

    Attributes:
        contract: The contract of the service.
    """

    contract: ClassVar[Contract]


@dataclass(frozen=True)
class Event(Generic[T]):
    """An event of a stream with an id of its own, for streams that the contract does not number.

    Attributes:
        data: Its data, a value of the contract.
        id: Its id, which a client sends as `Last-Event-ID` to continue after it.
        name: Its type, the `event` field of `text/event-stream`.
    """

    data: T
    id: str = ""
    name: str = ""


Events = AsyncIterator[T | Event[T]] | Awaitable[AsyncIterator[T | Event[T]]]
"""The events of a stream. The method of a service may be an async generator, or an `async def` that
returns an async iterator."""
