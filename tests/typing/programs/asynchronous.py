"""The asynchronous clients, as a program uses them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from typing_extensions import assert_type

from arp_sdk.core import Outcome, Page, RawResponse
from arp_sdk.core.aio import AsyncEventStream, AsyncFollow, AsyncOutcomes, AsyncPager
from arp_sdk.daemon import AsyncDaemonClient, AsyncRawDaemonClient
from arp_sdk.errors import ArpRunFailed
from arp_sdk.models import (
    Health,
    RunEvent,
    RunRequest,
    RunRequestInput,
    RunResult,
    RunStatus,
    RuntimeInstance,
    ToolDefinition,
)
from arp_sdk.runtime import AsyncRuntimeClient
from arp_sdk.tool_registry import AsyncToolRegistryClient


async def token() -> str:
    await asyncio.sleep(0)
    return "a token"


async def goals() -> AsyncIterator[str]:
    yield "Sum up"


async def single_calls(daemon: AsyncDaemonClient) -> None:
    assert_type(await daemon.health(), Health)
    request = RunRequest(input=RunRequestInput(goal="Sum up"))
    assert_type(await daemon.submit_run(request), RunStatus)
    assert_type(await daemon.delete_instance("i"), None)
    assert_type(daemon.raw, AsyncRawDaemonClient)
    assert_type(await daemon.raw.health(), RawResponse[Health])
    health, result = await asyncio.gather(daemon.health(), daemon.get_run_result("run-1"))
    assert_type(health, Health)
    assert_type(result, RunResult)


async def workflows(daemon: AsyncDaemonClient) -> None:
    assert_type(await daemon.run("Sum up", timeout=60), RunResult)
    assert_type(await daemon.wait_for_run("run-1"), RunStatus)
    async with daemon.instances("default", count=2) as instances:
        assert_type(instances, list[RuntimeInstance])
    runs = daemon.iter_runs(page_size=10)
    assert_type(runs, AsyncPager[RunStatus])
    async for run in runs:
        assert_type(run, RunStatus)
    async for page in runs.pages():
        assert_type(page, Page[RunStatus])
    outcomes = daemon.run_many(goals())
    assert_type(outcomes, AsyncOutcomes[str, RunResult])
    async for outcome in outcomes:
        assert_type(outcome, Outcome[str, RunResult])
    async with daemon.run_many(["Sum up"], max_concurrency=2) as some:
        assert_type(some, AsyncOutcomes[str, RunResult])
        assert_type(await anext(some), Outcome[str, RunResult])


async def events(runtime: AsyncRuntimeClient) -> str:
    async for event in runtime.stream_run_events("run-1"):
        assert_type(event, RunEvent)
    async with runtime.stream_run_events("run-1") as stream:
        assert_type(stream, AsyncEventStream[RunEvent])
        assert_type(await anext(stream), RunEvent)
    assert_type(await runtime.stream_run_events("run-1"), AsyncEventStream[RunEvent])
    following = await runtime.follow("run-1")
    assert_type(following, AsyncFollow[RunEvent, RunResult])
    async for event in following:
        assert_type(event, RunEvent)
    try:
        assert_type(await following.result(), RunResult)
    except ArpRunFailed as error:
        return str(error)
    return stream.last_event_id


async def tools(registry: AsyncToolRegistryClient) -> None:
    assert_type(await registry.list_tools(), list[ToolDefinition])
    assert_type(await registry.invoke("calc", {"expression": "1 + 1"}), dict[str, Any])


async def main() -> None:
    async with AsyncDaemonClient("http://127.0.0.1:8000", auth=token) as daemon:
        assert_type(daemon, AsyncDaemonClient)
        assert_type(daemon.with_options(timeout=3), AsyncDaemonClient)
        await single_calls(daemon)
        await workflows(daemon)
    async with AsyncRuntimeClient("http://127.0.0.1:8001", auth=lambda: "a token") as runtime:
        await events(runtime)
    registry = AsyncToolRegistryClient("http://127.0.0.1:8002")
    try:
        await tools(registry)
    finally:
        await registry.close()


if __name__ == "__main__":
    asyncio.run(main())
