"""The base of the asynchronous clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from arp_sdk.core._auth import Credentials
from arp_sdk.core._base_client import BaseClient
from arp_sdk.core._call.effects import Steps
from arp_sdk.core._call.response import read_raw_response, read_response, value_steps
from arp_sdk.core._contract.operation import Operation
from arp_sdk.core._contract.workflows import Leasable, LongRunning, Pageable, Streamed
from arp_sdk.core._http.messages import RawResponse
from arp_sdk.core._late import late
from arp_sdk.core._workflows.events import lacks_events
from arp_sdk.core._workflows.leases import release_steps
from arp_sdk.core._workflows.outcomes import MOST_IN_FLIGHT, Outcome, check_concurrency
from arp_sdk.core._workflows.pagination import PageCursor
from arp_sdk.errors import ArpConfigError

from ._auth import AsyncAuth, AsyncProvider, async_credentials
from ._closing import AsyncClosing
from ._concurrency import AsyncOutcomes, Requests
from ._driver import AsyncSleep, drive
from ._follow import AsyncFollow
from ._pagination import AsyncPager
from ._stream import AsyncEventStream

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from ._aiohttp.connections import AsyncConnections

    _Base = BaseClient[AsyncAuth, ClientSession]
else:
    _Base = BaseClient  # importing this needs no aiohttp, making a client does

__getattr__ = late(
    ClientSession="aiohttp", AsyncConnections="arp_sdk.core.aio._aiohttp.connections"
)


Q = TypeVar("Q")
R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T")


class AsyncClient(_Base, AsyncClosing):
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

    async def _drive(
        self,
        steps: Steps[T],
        sleep: AsyncSleep = asyncio.sleep,
        gate: asyncio.Semaphore | None = None,
    ) -> T:
        return await drive(steps, self._connections, sleep, gate)

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
        value: T = await self._drive(value_steps(steps, read_response))
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
        return await self._drive(value_steps(steps, read_raw_response))

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

    def _pages(
        self, pageable: Pageable[T], query: Mapping[str, Any], token: str | None
    ) -> AsyncPager[T]:
        return AsyncPager(
            lambda token: PageCursor(pageable, query, token),
            lambda cursor: self._drive(cursor.next_page(self._caller)),
            token,
        )

    def _run_many(
        self,
        work: LongRunning[S, R],
        requests: Requests[Q],
        max_concurrency: int,
        timeout: float | None,
        cancel_on_timeout: bool,
        check: bool,
        resume: bool,
        on_progress: Callable[[Outcome[Q, R]], None] | None,
        wait: str = "polls",
    ) -> AsyncOutcomes[Q, R]:
        follows = wait == "events" and "" not in self._waits.eventless
        check_concurrency(max_concurrency, max_concurrency if follows else 1)
        gate = asyncio.Semaphore(MOST_IN_FLIGHT) if max_concurrency > MOST_IN_FLIGHT else None

        async def run(request: Q) -> R:
            steps = self._run(work, request, timeout, cancel_on_timeout, check, None, resume, wait)
            return await self._drive(steps, gate=gate)

        return AsyncOutcomes(run, requests, max_concurrency, on_progress)

    def _follow(
        self,
        work: LongRunning[S, R],
        id_: str,
        idle_timeout: float | None,
        timeout: float | None,
        last_event_id: str | None = None,
    ) -> AsyncFollow[Any, R]:
        async def finish(check: bool) -> R:
            return await self._drive(self._finish(work, id_, timeout, check))

        state = self._events_of(work, id_, idle_timeout, timeout, last_event_id)
        events = None if state is None else AsyncEventStream(state, self._drive)
        following = AsyncFollow(events, finish)
        following._lacks_events = partial(lacks_events, work)
        return following

    @asynccontextmanager
    async def _lease(
        self, lease: Leasable[T], body: Any, timeout: float | None
    ) -> AsyncIterator[list[T]]:
        resources = await self._drive(self._create(lease, body, timeout))
        try:
            yield resources
        except GeneratorExit:
            raise
        except BaseException:
            await self._drive(release_steps(self._caller, lease, resources, quietly=True))
            raise
        await self._drive(release_steps(self._caller, lease, resources, quietly=False))
