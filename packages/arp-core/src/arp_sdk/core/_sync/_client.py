"""The base of the synchronous clients: one call, from arguments to a model."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from arp_sdk.core._auth import Auth, Credentials, Provider
from arp_sdk.core._base_client import BaseClient, read, read_invoked, read_raw
from arp_sdk.core._call.effects import Answer, Exchange, Pause, Send
from arp_sdk.core._contract.operation import Operation
from arp_sdk.core._contract.workflows import Streamed
from arp_sdk.core._http.messages import RawResponse
from arp_sdk.core._workflows.steps import Invoke

from ._closing import Closing
from ._stream import EventStream
from ._workflows import Workflows

if TYPE_CHECKING:
    from requests import Session

    from arp_sdk.core._sync._requests.connections import Connections

    _Base = BaseClient[Auth, Session]
else:
    _Base = BaseClient  # `requests` takes long to import: making a client does it

T = TypeVar("T")


class Client(_Base, Workflows, Closing):
    """A client of one service. Safe to share between threads.

    Every method sends a request, again where that is safe and worth it, and returns a model or
    raises an `arp_sdk.errors.ArpError`.
    """

    _connections: Connections  # pyright: ignore[reportIncompatibleVariableOverride]
    _provider = Provider

    def close(self) -> None:
        """Close the connections, for this client and all that share them."""
        self._connections.close()

    def _library(self) -> str:
        from requests.__version__ import __version__

        return f"requests/{__version__}"

    def _new_transport(self, **settings: Any) -> Connections:
        from arp_sdk.core._sync._requests.connections import Connections

        return Connections(**settings)

    def _call(
        self,
        operation: Operation[T],
        *,
        path: Sequence[Any] = (),
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> T:
        value: T = read(self._drive(self._begin(operation, path, query, headers, body)))
        return value

    def _call_raw(
        self,
        operation: Operation[T],
        *,
        path: Sequence[Any] = (),
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> RawResponse[T]:
        return read_raw(self._drive(self._begin(operation, path, query, headers, body)))

    def _stream(
        self,
        operation: Operation[T],
        *,
        path: Sequence[Any] = (),
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Any = None,
        streamed: Streamed | None = None,
        idle_timeout: float | None = None,
    ) -> EventStream[Any]:
        events = self._begin_stream(operation, path, query, headers, body, streamed, idle_timeout)
        return EventStream(events, self._drive)

    def _invoke(self, call: Invoke) -> Any:
        return read_invoked(call, self._drive(self._begin_invoke(call)))

    def _drive(self, steps: Exchange) -> Answer:
        """Do what the exchange asks for, with threads: send by `requests`, sleep by `time`."""
        outcome: Any = None
        ticket = Credentials()
        while True:
            try:
                effect = steps.send(outcome)
            except StopIteration as stop:
                answer: Answer = stop.value
                return answer
            if isinstance(effect, Send):
                ticket = self._credentials.ticket()
                outcome = self._connections.send(effect, ticket)
            elif isinstance(effect, Pause):
                time.sleep(effect.seconds)
                outcome = None
            else:
                outcome = self._credentials.renew(ticket)
