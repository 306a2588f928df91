"""The base of the asynchronous clients."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from arp_sdk.core._auth import Credentials
from arp_sdk.core._base_client import BaseClient
from arp_sdk.core._call.effects import Steps
from arp_sdk.core._call.response import read_raw_response, read_response
from arp_sdk.core._contract.operation import Operation
from arp_sdk.core._contract.workflows import Streamed
from arp_sdk.core._http.messages import RawResponse
from arp_sdk.errors import ArpConfigError

from ._auth import AsyncAuth, AsyncProvider, async_credentials
from ._closing import AsyncClosing
from ._driver import AsyncSleep, drive
from ._stream import AsyncEventStream
from ._workflows import AsyncWorkflows

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from ._aiohttp.connections import AsyncConnections

    _Base = BaseClient[AsyncAuth, ClientSession]
else:
    _Base = BaseClient  # importing this needs no aiohttp, making a client does

T = TypeVar("T")


class AsyncClient(_Base, AsyncWorkflows, AsyncClosing):
    """A client of one service, for asyncio. The tasks of an event loop may share it.

    Every method sends a request, retries where that is safe and may help, and returns a model or
    raises an `arp_sdk.errors.ArpError`. Canceling the task that awaits a method ends the call,
    and leaves no connection behind.
    """

    _connections: AsyncConnections  # pyright: ignore[reportIncompatibleVariableOverride]
    _provider = AsyncProvider

    async def close(self) -> None:
        """Close the connections of this client and of all clients that share them."""
        await self._connections.close()

    def _library(self) -> str:
        return f"aiohttp/{self._aiohttp().__version__}"

    def _aiohttp(self) -> ModuleType:
        try:
            import aiohttp
        except ImportError as error:
            missing = str(error)
        else:
            return aiohttp
        install = f'pip install "{self._service.distribution}[async]"'
        raise ArpConfigError(f"{type(self).__name__} needs aiohttp ({missing}): {install}")

    def _new_transport(self, **settings: Any) -> AsyncConnections:
        self._aiohttp()
        from ._aiohttp.connections import AsyncConnections

        return AsyncConnections(**settings)

    def _new_credentials(self, auth: AsyncAuth) -> Credentials:
        return async_credentials(auth)

    async def _drive(self, steps: Steps[T], sleep: AsyncSleep = asyncio.sleep) -> T:
        return await drive(steps, self._connections, sleep)

    async def _call(
        self,
        operation: Operation[T],
        *,
        path: Sequence[Any] = (),
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> T:
        steps = self._call_steps(operation, path, query, headers, body)
        value: T = read_response(await self._drive(steps))
        return value

    async def _call_raw(
        self,
        operation: Operation[T],
        *,
        path: Sequence[Any] = (),
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> RawResponse[T]:
        steps = self._call_steps(operation, path, query, headers, body)
        return read_raw_response(await self._drive(steps))

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
    ) -> AsyncEventStream[Any]:
        state = self._stream_state(operation, path, query, headers, body, streamed, idle_timeout)
        return AsyncEventStream(state, self._drive)
