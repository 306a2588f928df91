"""Every operation of the three clients, with arguments and a valid response."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import msgspec

import arp_sdk.daemon.operations as daemon_operations
import arp_sdk.runtime.operations as runtime_operations
import arp_sdk.tool_registry.operations as tool_registry_operations
from arp_sdk.core import Client, Operation
from support.clients import DaemonClient, RuntimeClient, ToolRegistryClient

from .examples import example

EVENT_LIMIT = 10_000


@dataclass(frozen=True)
class Target:
    """An operation under fuzz.

    Attributes:
        arguments: Arguments of the client's method.
        status: A success status of the contract.
        type: The type of the result, or of each event of a stream.
        body: A valid response body.
    """

    client: type[Client]
    operation: Operation[Any]
    arguments: Mapping[str, Any]
    status: int
    type: Any
    body: bytes

    @property
    def streams(self) -> bool:
        return self.operation.events is not None

    def __str__(self) -> str:
        return f"{self.client.__name__}.{self.operation.name}"

    def call(self, client: Client) -> Any:
        """Call the client's method; a stream is read to its end."""
        return read_all(getattr(client, self.operation.name)(**self.arguments))


def read_all(value: Any) -> Any:
    if not isinstance(value, Iterator):
        return value
    stream: Any = value
    with stream:
        return [event for event, _ in zip(stream, range(EVENT_LIMIT), strict=False)]


def event_stream(events: list[Any]) -> bytes:
    lines = [
        b"id: %d\nevent: %s\ndata: %s\n\n" % (i, b"message", msgspec.json.encode(event))
        for i, event in enumerate(events)
    ]
    return b": hello\nretry: 10\n\n" + b"".join(lines)


def _target(client: type[Client], operation: Operation[Any]) -> Target:
    arguments = {parameter.name: example(parameter.type) for parameter in operation.path_parameters}
    arguments |= {name: example(parameter.type) for name, parameter in operation.query.items()}
    arguments |= {name: example(parameter.type) for name, parameter in operation.headers.items()}
    if operation.body is not None:
        arguments["body"] = example(operation.body)
    status, type_ = next(iter(operation.responses.items()))
    if operation.events is not None:
        event = example(operation.events)
        events = [msgspec.structs.replace(event, seq=number) for number in (1, 2)]
        return Target(client, operation, arguments, status, operation.events, event_stream(events))
    body = b"" if type_ is None else msgspec.json.encode(example(type_))
    return Target(client, operation, arguments, status, type_, body)


def _operations(module: ModuleType) -> Iterator[Operation[Any]]:
    return (value for value in vars(module).values() if isinstance(value, Operation))


TARGETS = tuple(
    _target(client, operation)
    for client, module in (
        (DaemonClient, daemon_operations),
        (RuntimeClient, runtime_operations),
        (ToolRegistryClient, tool_registry_operations),
    )
    for operation in _operations(module)
)
