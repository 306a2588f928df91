"""The base of the synchronous clients."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from arp_sdk.core._auth import Auth, Provider
from arp_sdk.core._base_client import BaseClient
from arp_sdk.core._call.effects import Steps
from arp_sdk.core._call.response import read_raw_response, read_response
from arp_sdk.core._contract.operation import Operation
from arp_sdk.core._contract.workflows import Streamed
from arp_sdk.core._http.messages import RawResponse

from ._closing import Closing
from ._driver import Sleep, drive
from ._stream import EventStream
from ._workflows import Workflows

if TYPE_CHECKING:
    from requests import Session

    from ._requests.connections import Connections

    _Base = BaseClient[Auth, Session]
else:
    _Base = BaseClient  # `requests` takes long to import: making a client does it

T = TypeVar("T")


class Client(_Base, Workflows, Closing):
    """A client of one service. Threads may share it.

    Every method sends a request, retries where that is safe and may help, and returns a model or
    raises an `arp_sdk.errors.ArpError`.
    """

    _connections: Connections  # pyright: ignore[reportIncompatibleVariableOverride]
    _provider = Provider

    def close(self) -> None:
        """Close the connections of this client and of all clients that share them."""
        self._connections.close()

    def _library(self) -> str:
        from requests.__version__ import __version__

        return f"requests/{__version__}"

    def _new_transport(self, **settings: Any) -> Connections:
        from ._requests.connections import Connections

        return Connections(**settings)

    def _drive(self, steps: Steps[T], sleep: Sleep = time.sleep) -> T:
        return drive(steps, self._connections, sleep)

    def _call(
        self,
        operation: Operation[T],
        *,
        path: Sequence[Any] = (),
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> T:
        steps = self._call_steps(operation, path, query, headers, body)
        value: T = read_response(self._drive(steps))
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
        steps = self._call_steps(operation, path, query, headers, body)
        return read_raw_response(self._drive(steps))

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
        state = self._stream_state(operation, path, query, headers, body, streamed, idle_timeout)
        return EventStream(state, self._drive)
