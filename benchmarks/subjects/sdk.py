"""The services to measure, on arp-server. Uvicorn imports `gateway` or `registry`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timezone

from arp03.models import Health, NodeType, Run, Status
from arp03.node_registry.server import NodeRegistryService
from arp03.run_gateway.server import RunGatewayService
from subjects.values import CHANGED, NODE_TYPES, RUN, RUNS, event

from arp_sdk.core import ServerSentEvent
from arp_sdk.daemon.server import DaemonService
from arp_sdk.models import RunListResponse, RunStatus
from arp_sdk.server import app

RUN_MODEL = Run.from_dict(RUN)
PAGES = [
    RunListResponse(runs=[RunStatus.from_dict(each) for each in runs]) for runs in (RUNS, CHANGED)
]
NODE_TYPE_MODELS = [NodeType.from_dict(each) for each in NODE_TYPES]


class Gateway(RunGatewayService):
    async def health(self) -> Health:
        return Health(status=Status.OK, time=datetime.now(timezone.utc))

    async def get_run(self, run_id: str) -> Run:
        return RUN_MODEL

    async def stream_run_events(self, run_id: str) -> AsyncIterator[ServerSentEvent]:
        yield ServerSentEvent(event())
        await asyncio.get_running_loop().create_future()


class Registry(NodeRegistryService):
    async def list_node_types(self, **_: object) -> list[NodeType]:
        return NODE_TYPE_MODELS


class Daemon(DaemonService):
    async def list_runs(self, **_: object) -> RunListResponse:
        return PAGES[0]


class Changing(DaemonService):
    async def list_runs(self, **_: object) -> RunListResponse:
        PAGES.reverse()
        return PAGES[0]


gateway = app(Gateway(), auth=None)
registry = app(Registry(), auth=None)
daemon = app(Daemon(), auth=None)
changing = app(Changing(), auth=None)
