"""The base of the asynchronous clients: one call, from arguments to a model."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from arp_sdk.core._auth import Credentials
from arp_sdk.core._base_client import BaseClient, read, read_invoked, read_raw
from arp_sdk.core._call.effects import Answer, Exchange, Pause, Send
from arp_sdk.core._contract.operation import Operation
from arp_sdk.core._contract.workflows import Streamed
from arp_sdk.core._http.messages import RawResponse
from arp_sdk.core._workflows.steps import Invoke
from arp_sdk.errors import ArpConfigError

from ._auth import AsyncAuth, AsyncProvider, async_credentials, renewed, ticket_of
from ._closing import AsyncClosing
from ._stream import AsyncEventStream
from ._workflows import AsyncWorkflows

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from arp_sdk.core.aio._aiohttp.connections import AsyncConnections

    _Base = BaseClient[AsyncAuth, ClientSession]
else:
    _Base = BaseClient  # importing this needs no aiohttp, making a client does

T = TypeVar("T")


class AsyncClient(_Base, AsyncWorkflows, AsyncClosing):
    """A client of one service, for asyncio. Safe to share between the tasks of an event loop.

    Every method sends a request, again where that is safe and worth it, and returns a model or
    raises an `arp_sdk.errors.ArpError`. Canceling the task that awaits one ends it there, and
    leaves no connection behind.
    """

    _connections: AsyncConnections  # pyright: ignore[reportIncompatibleVariableOverride]
    _provider = AsyncProvider

    async def close(self) -> None:
        """Close the connections, for this client and all that share them."""
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
        from arp_sdk.core.aio._aiohttp.connections import AsyncConnections

        return AsyncConnections(**settings)

    def _new_credentials(self, auth: AsyncAuth) -> Credentials:
        return async_credentials(auth)

    async def _call(
        self,
        operation: Operation[T],
        *,
        path: Sequence[Any] = (),
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> T:
        value: T = read(await self._drive(self._begin(operation, path, query, headers, body)))
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
        return read_raw(await self._drive(self._begin(operation, path, query, headers, body)))

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
        events = self._begin_stream(operation, path, query, headers, body, streamed, idle_timeout)
        return AsyncEventStream(events, self._drive)

    async def _invoke(self, call: Invoke) -> Any:
        return read_invoked(call, await self._drive(self._begin_invoke(call)))

    async def _drive(self, steps: Exchange) -> Answer:
        """Do what the exchange asks for, with asyncio: send by `aiohttp`, sleep in the loop."""
        outcome: Any = None
        ticket = Credentials()
        try:
            while True:
                try:
                    effect = steps.send(outcome)
                except StopIteration as stop:
                    answer: Answer = stop.value
                    return answer
                if isinstance(effect, Send):
                    ticket = await ticket_of(self._credentials)
                    outcome = await self._connections.send(effect, ticket)
                elif isinstance(effect, Pause):
                    await asyncio.sleep(effect.seconds)
                    outcome = None
                else:
                    outcome = await renewed(self._credentials, ticket)
        finally:
            steps.close()
