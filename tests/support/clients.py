"""The clients, of the kind that the current test is for.

A test that imports them from here is written once. It runs for the synchronous clients and, by
`support.bridge`, for the asynchronous ones. To type checkers they are the synchronous clients.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import weakref
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal

import arp_sdk.daemon
import arp_sdk.runtime
import arp_sdk.tool_registry
import arp_sdk.v0_3.atomic_executor
import arp_sdk.v0_3.composite_executor
import arp_sdk.v0_3.node_registry
import arp_sdk.v0_3.pdp
import arp_sdk.v0_3.run_coordinator
import arp_sdk.v0_3.run_gateway
import arp_sdk.v0_3.selection
from arp_sdk.core import Retries

from .bridge import Bridged, loop

Kind = Literal["threads", "asyncio"]
KINDS: tuple[Kind, ...] = ("threads", "asyncio")

FAST = Retries(limit=3, backoff=0.001)
"""The default number of retries, without noticeable waits."""

_kind: Kind = "threads"
_made: weakref.WeakSet[Any] = weakref.WeakSet()


def kind() -> Kind:
    """Return the kind of client that the current test is for."""
    return _kind


@contextlib.contextmanager
def clients_of(chosen: Kind) -> Iterator[None]:
    """Make the clients be of a kind."""
    global _kind
    before, _kind = _kind, chosen
    try:
        yield
    finally:
        _kind = before


def any_open() -> bool:
    """Tell whether an asynchronous client has not been closed."""
    return any(not client._connections.closed for client in list(_made))


class ClientOfEitherKind:
    """A stand-in for a client class: makes clients, and has the methods of the class."""

    def __init__(self, package: Any, name: str) -> None:
        self._package = package
        self.__name__ = name

    @property
    def classes(self) -> tuple[type[Any], type[Any]]:
        """Return the synchronous and the asynchronous class."""
        name = self.__name__
        return getattr(self._package, name), getattr(self._package, f"Async{name}")

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(self._chosen)

    @property
    def _chosen(self) -> type[Any]:
        return self.classes[KINDS.index(_kind)]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if _kind == "threads":
            return self._chosen(*args, **kwargs)
        # In the event loop, as a program does.
        client = loop().call(self._chosen, *args, **kwargs)
        _made.add(client)
        return Bridged(client)

    def __instancecheck__(self, instance: Any) -> bool:
        if isinstance(instance, Bridged):
            instance = instance._bridged
        return isinstance(instance, self.classes)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._chosen, name)
        return _method(value) if callable(value) else value

    def __repr__(self) -> str:
        return self.__name__


def _method(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(client: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(client, method.__name__)(*args, **kwargs)

    return call


if TYPE_CHECKING:
    from arp_sdk.daemon import DaemonClient as DaemonClient
    from arp_sdk.runtime import RuntimeClient as RuntimeClient
    from arp_sdk.tool_registry import ToolRegistryClient as ToolRegistryClient
    from arp_sdk.v0_3.atomic_executor import AtomicExecutorClient as AtomicExecutorClient
    from arp_sdk.v0_3.composite_executor import CompositeExecutorClient as CompositeExecutorClient
    from arp_sdk.v0_3.node_registry import NodeRegistryClient as NodeRegistryClient
    from arp_sdk.v0_3.pdp import PdpClient as PdpClient
    from arp_sdk.v0_3.run_coordinator import RunCoordinatorClient as RunCoordinatorClient
    from arp_sdk.v0_3.run_gateway import RunGatewayClient as RunGatewayClient
    from arp_sdk.v0_3.selection import SelectionClient as SelectionClient
else:
    DaemonClient = ClientOfEitherKind(arp_sdk.daemon, "DaemonClient")
    RuntimeClient = ClientOfEitherKind(arp_sdk.runtime, "RuntimeClient")
    ToolRegistryClient = ClientOfEitherKind(arp_sdk.tool_registry, "ToolRegistryClient")
    AtomicExecutorClient = ClientOfEitherKind(arp_sdk.v0_3.atomic_executor, "AtomicExecutorClient")
    CompositeExecutorClient = ClientOfEitherKind(
        arp_sdk.v0_3.composite_executor, "CompositeExecutorClient"
    )
    NodeRegistryClient = ClientOfEitherKind(arp_sdk.v0_3.node_registry, "NodeRegistryClient")
    PdpClient = ClientOfEitherKind(arp_sdk.v0_3.pdp, "PdpClient")
    RunCoordinatorClient = ClientOfEitherKind(arp_sdk.v0_3.run_coordinator, "RunCoordinatorClient")
    RunGatewayClient = ClientOfEitherKind(arp_sdk.v0_3.run_gateway, "RunGatewayClient")
    SelectionClient = ClientOfEitherKind(arp_sdk.v0_3.selection, "SelectionClient")
