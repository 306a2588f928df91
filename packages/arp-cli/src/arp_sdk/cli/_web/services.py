"""The services behind the page, by our asynchronous clients."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from arp_sdk.cli._failure import Problem
from arp_sdk.cli._output.text import latest_first
from arp_sdk.cli._session.lines import V0_1
from arp_sdk.cli._session.session import Source, Token, without_token
from arp_sdk.errors import ArpError

if TYPE_CHECKING:
    from arp_sdk.daemon import AsyncDaemonClient
    from arp_sdk.models import RunEvent, RunStatus
    from arp_sdk.runtime import AsyncRuntimeClient
    from arp_sdk.tool_registry import AsyncToolRegistryClient

_PAGE_SIZE = 1000
# Reading all runs again waits this many times as long as the last time took, and so many seconds.
_RELAXATION = 10
_LEAST_PAUSE = 1.0


class Services:
    """Clients of the services, which share their connections between all requests."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._clients: dict[str, Any] = {}
        self._stack = AsyncExitStack()
        self._runs: list[RunStatus] = []
        self._runs_until = 0.0
        self._reading = asyncio.Lock()

    async def close(self) -> None:
        """Close the clients."""
        await self._stack.aclose()

    @property
    def daemon(self) -> AsyncDaemonClient:
        """A client of the daemon."""
        return cast("AsyncDaemonClient", self._client("daemon"))

    @property
    def tools(self) -> AsyncToolRegistryClient:
        """A client of the tool registry."""
        return cast("AsyncToolRegistryClient", self._client("tool-registry"))

    def _client(self, slug: str) -> Any:
        (service,) = (each for each in V0_1.services if each.slug == slug)
        url = self.source.urls.get(slug)
        if url is None:
            what = f"The address of the {slug} is not known to {self.source.name}."
            raise Problem(what, f"arp context add NAME --{slug}-url URL")
        kind = getattr(import_module(service.module), f"Async{service.client}")
        return self._opened(kind, url, self.source.token)

    def _opened(self, kind: Any, url: str, token: Token | None) -> Any:
        key = f"{kind.__name__} {url}"
        if key not in self._clients:
            with without_token():
                client = kind(url, auth=token)
            self._clients[key] = client
            self._stack.push_async_exit(client)
        return self._clients[key]

    async def worker(self, status: RunStatus) -> AsyncRuntimeClient | None:
        """Return a client of the runtime that executes a run, or None if it is not known."""
        for instance in (await self.daemon.list_instances()).instances:
            if instance.instance_id == status.runtime_instance_id:
                from arp_sdk.runtime import AsyncRuntimeClient

                url = str(instance.runtime_api_endpoint)
                client = self._opened(AsyncRuntimeClient, url, self.source.worker_token)
                return cast("AsyncRuntimeClient", client)
        return None

    async def runs(self, *, now: bool = False) -> list[RunStatus]:
        """Return all runs, the latest first; all requests share what was read last.

        With `now`, they are read again in any case.
        """
        async with self._reading:
            if now or time.monotonic() >= self._runs_until:
                start = time.monotonic()
                found = [run async for run in self.daemon.iter_runs(page_size=_PAGE_SIZE)]
                self._runs = latest_first(found)
                took = time.monotonic() - start
                self._runs_until = time.monotonic() + max(_LEAST_PAUSE, _RELAXATION * took)
        return self._runs

    async def events(self, run: str, last: int) -> AsyncIterator[RunEvent]:
        """Yield the events of a run after one of them, as long as its runtime sends any."""
        try:
            worker = await self.worker(await self.daemon.get_run_status(run))
            if worker is None:
                return
            async with worker.follow(run) as following:
                async for event in following:
                    if event.seq > last:
                        yield event
        except ArpError:
            # Without events, the page asks for the state of the run.
            return
