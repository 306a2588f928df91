"""The services to measure, on arp-standard-server. Uvicorn imports `gateway` or `registry`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timezone
from typing import Any

from arp_standard_model import Health, NodeType, Run, Status
from arp_standard_server import AuthSettings
from arp_standard_server.app import build_app
from arp_standard_server.node_registry import BaseNodeRegistryServer
from arp_standard_server.run_gateway import BaseRunGatewayServer
from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from subjects.values import CHANGED, NODE_TYPES, RUN, RUNS, event

RUN_MODEL = Run.model_validate(RUN)
NODE_TYPE_MODELS = [NodeType.model_validate(each) for each in NODE_TYPES]


class Gateway(BaseRunGatewayServer):
    async def health(self, request: Any) -> Health:
        return Health(status=Status.ok, time=datetime.now(timezone.utc))

    async def get_run(self, request: Any) -> Run:
        return RUN_MODEL

    async def stream_run_events(self, request: Any) -> Any:
        # A string, which the kit asks for, could only be sent when the stream is over.
        return StreamingResponse(events(), media_type="application/x-ndjson")

    async def start_run(self, request: Any) -> Any: ...
    async def cancel_run(self, request: Any) -> Any: ...
    async def version(self, request: Any) -> Any: ...


class Registry(BaseNodeRegistryServer):
    async def list_node_types(self, request: Any) -> list[NodeType]:
        return NODE_TYPE_MODELS

    async def health(self, request: Any) -> Any: ...
    async def version(self, request: Any) -> Any: ...
    async def get_node_type(self, request: Any) -> Any: ...
    async def publish_node_type(self, request: Any) -> Any: ...


async def events() -> AsyncIterator[bytes]:
    yield event() + b"\n"
    await asyncio.get_running_loop().create_future()


class RunPage(BaseModel):
    runs: list[Run]


PAGES = [RunPage(runs=[Run.model_validate(each) for each in runs]) for runs in (RUNS, CHANGED)]
# Its contract has no list of runs. A route as the kit generates them:
same, other = APIRouter(), APIRouter()


@same.get("/v1/runs", response_model=RunPage, status_code=200)
async def list_runs() -> RunPage:
    return PAGES[0]


@other.get("/v1/runs", response_model=RunPage, status_code=200)
async def list_changing_runs() -> RunPage:
    PAGES.reverse()
    return PAGES[0]


OPEN = AuthSettings(mode="disabled")
gateway = Gateway().create_app(auth_settings=OPEN)
registry = Registry().create_app(auth_settings=OPEN)
daemon = build_app(router=same, title="runs", auth_settings=OPEN)
changing = build_app(router=other, title="runs", auth_settings=OPEN)
