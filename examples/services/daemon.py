"""A daemon in front of two runtimes. Run it: uvicorn daemon:application --port 8000

It needs: pip install "arp-daemon[server]" "arp-runtime[async]" uvicorn
The runtimes: uvicorn runtime:application --port 8001, and the same with --port 8003
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import uuid4

from arp_sdk.daemon.server import DaemonService
from arp_sdk.errors import ArpApiError, ArpTransportError
from arp_sdk.models import (
    InstanceListResponse,
    InstanceState,
    Pagination,
    RunListResponse,
    RunRequest,
    RunResult,
    RunStatus,
    RuntimeInstance,
)
from arp_sdk.runtime import AsyncRuntimeClient
from arp_sdk.server import ServiceError, app, not_found, page

URLS = os.environ.get("RUNTIME_URLS", "http://127.0.0.1:8001 http://127.0.0.1:8003").split()


class Daemon(DaemonService):
    """It passes each run on to the runtime that has the fewest, and remembers which one."""

    def __init__(self) -> None:
        self._clients: dict[str, AsyncRuntimeClient] = {}
        self._runs: dict[str, RunStatus] = {}

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for number, url in enumerate(URLS, 1):
                client = await stack.enter_async_context(AsyncRuntimeClient(url))
                self._clients[f"runtime_{number}"] = client
            yield

    async def list_instances(self) -> InstanceListResponse:
        instances = [
            RuntimeInstance(
                instance_id=instance_id,
                state=InstanceState.READY,
                managed=False,
                runtime_api_endpoint=client.base_url,
            )
            for instance_id, client in self._clients.items()
        ]
        return InstanceListResponse(instances=instances)

    async def submit_run(self, body: RunRequest) -> RunStatus:
        homes = [status.runtime_instance_id for status in self._runs.values()]
        instance_id = min(self._clients, key=homes.count)
        request = body.replace(run_id=body.run_id or f"run_{uuid4().hex}")
        return self._known(instance_id, await self._clients[instance_id].create_run(request))

    async def list_runs(
        self, *, page_size: int | None = None, page_token: str | None = None
    ) -> RunListResponse:
        runs, token = page(
            self._runs.values(), page_size or 100, page_token, key=lambda run: run.run_id, of="runs"
        )
        return RunListResponse(runs=runs, pagination=Pagination(next_page_token=token))

    async def get_run_status(self, run_id: str) -> RunStatus:
        instance_id = self._home(run_id)
        return self._known(instance_id, await self._clients[instance_id].get_run_status(run_id))

    async def get_run_result(self, run_id: str) -> RunResult:
        return await self._clients[self._home(run_id)].get_run_result(run_id)

    def _home(self, run_id: str) -> str:
        if run_id not in self._runs:
            raise not_found(f"There is no run {run_id}.")
        return self._runs[run_id].runtime_instance_id or ""

    def _known(self, instance_id: str, status: RunStatus) -> RunStatus:
        status = status.replace(runtime_instance_id=instance_id)
        self._runs[status.run_id] = status
        return status


def translate(error: Exception) -> ServiceError | None:
    """Pass the errors of a runtime on to the client of the daemon."""
    if isinstance(error, ArpApiError):
        return ServiceError(error.status_code, error.code, error.message)
    if isinstance(error, ArpTransportError):
        return ServiceError(502, "runtime.unreachable", str(error))
    return None


daemon = Daemon()
application = app(daemon, auth=None, translate=translate, lifespan=daemon.lifespan)
