"""Leased instances are released when an anyio scope cancels, which it does at every await.

Starlette, FastAPI and MCP servers cancel by such scopes when a client of theirs goes away.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

import anyio
import pytest

from arp_sdk.daemon import AsyncDaemonClient
from support.bridge import open_connections
from support.server import Received, Reply, Server, json_reply

pytestmark = pytest.mark.threads_only("makes its own event loop")


class Service:
    """A daemon with two instances, which stops at a stage until the test has canceled."""

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self.reached = threading.Event()
        self.go_on = threading.Event()
        self.alive: set[str] = set()
        self.created = 0

    def __call__(self, request: Received) -> Reply:
        method = request.method
        if method == "POST":
            self._pause("creating")
            self.alive = {"i0", "i1"}
            self.created += 1
            return self._listed("starting" if self.stage == "starting" else "ready")
        if method == "DELETE":
            self._pause("deleting")
            self.alive.discard(request.target.rpartition("/")[2])
            return Reply(204)
        self._pause("starting")
        return self._listed("starting")

    def _pause(self, stage: str) -> None:
        if stage == self.stage and not self.reached.is_set():
            self.reached.set()
            self.go_on.wait(10)

    def _listed(self, state: str) -> Reply:
        fields = {"state": state, "runtime_api_endpoint": "http://127.0.0.1:1"}
        return json_reply({"instances": [{"instance_id": i, **fields} for i in sorted(self.alive)]})


async def use(daemon: AsyncDaemonClient, service: Service) -> None:
    async with daemon.instances("default", count=2, timeout=60):
        if service.stage == "in the block":
            service.reached.set()
            await anyio.sleep(60)
            raise AssertionError("not canceled")


async def in_a_scope(work: Awaitable[None], service: Service) -> None:
    scope = anyio.CancelScope()

    async with anyio.create_task_group() as group:

        async def cancel() -> None:
            await anyio.to_thread.run_sync(service.reached.wait, 10)
            scope.cancel()
            service.go_on.set()

        group.start_soon(cancel)
        with scope:
            await work
    assert scope.cancelled_caught or service.stage == "deleting"


async def in_a_group(work: Awaitable[None], service: Service) -> None:
    async def run() -> None:
        await work

    async with anyio.create_task_group() as group:
        group.start_soon(run)
        await anyio.to_thread.run_sync(service.reached.wait, 10)
        group.cancel_scope.cancel()
        service.go_on.set()


async def in_nested_scopes(work: Awaitable[None], service: Service) -> None:
    async def run() -> None:
        with anyio.CancelScope(), anyio.CancelScope():
            async with anyio.create_task_group():
                await work

    await in_a_group(run(), service)


async def in_a_task_that_is_canceled_again_and_again(
    work: Awaitable[None], service: Service
) -> None:
    task = asyncio.ensure_future(work)
    await asyncio.to_thread(service.reached.wait, 10)
    task.cancel()
    await asyncio.sleep(0)
    service.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task


WAYS = [in_a_scope, in_a_group, in_nested_scopes, in_a_task_that_is_canceled_again_and_again]
Way = Callable[[Awaitable[None], Service], Awaitable[None]]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("stage", ["creating", "starting", "in the block", "deleting"])
def test_instances_are_released(server: Server, stage: str, way: Way) -> None:
    service = Service(stage)
    server.plan(service)

    async def main() -> list[str]:
        async with AsyncDaemonClient(server.url, retries=0) as daemon:
            await way(use(daemon, service), service)
            # Nothing may be left to happen later.
            others = asyncio.all_tasks() - {asyncio.current_task()}
            left = [f"{task!r}" for task in others]
        await asyncio.sleep(0)
        return left + open_connections(asyncio.get_running_loop())

    assert asyncio.run(main()) == []
    assert service.created == 1
    assert service.alive == set()
