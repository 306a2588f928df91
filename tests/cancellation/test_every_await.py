"""A call that is canceled at any of its awaits leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, get_args

import pytest

from arp_sdk.core._call.budget import Budget
from arp_sdk.core.aio import AsyncClient
from arp_sdk.daemon import AsyncDaemonClient
from arp_sdk.models import RunRequest, RunRequestInput
from arp_sdk.runtime import AsyncRuntimeClient
from arp_sdk.tool_registry import AsyncToolRegistryClient
from support.clients import FAST
from support.server import Server

from .residue import Retried, settled
from .service import Service
from .stepping import CanceledAt, Moment


async def instances(daemon: AsyncDaemonClient) -> None:
    async with daemon.instances("default", count=3) as ready:
        assert len(ready) == 3
        await daemon.health()


async def events(runtime: AsyncRuntimeClient) -> None:
    async with runtime.stream_run_events("r") as stream:
        assert [event.seq async for event in stream] == [0, 1]


async def unentered_events(runtime: AsyncRuntimeClient) -> None:
    assert [event.seq async for event in runtime.stream_run_events("r")] == [0, 1]


async def follow(runtime: AsyncRuntimeClient) -> None:
    following = runtime.follow("r")
    assert [event.seq async for event in following] == [0, 1]
    await runtime.create_run(_request("r"))
    assert (await following.result()).ok


async def pages(daemon: AsyncDaemonClient) -> None:
    assert len([run async for run in daemon.iter_runs()]) == 4


async def many(daemon: AsyncDaemonClient) -> None:
    outcomes = [outcome async for outcome in daemon.run_many("abcde", max_concurrency=2)]
    assert sorted(outcome.index for outcome in outcomes) == [0, 1, 2, 3, 4]
    assert [outcome.error for outcome in outcomes] == [None] * 5


async def context(daemon: AsyncDaemonClient) -> None:
    async with daemon:
        await daemon.health()


def _request(run_id: str) -> RunRequest:
    return RunRequest(run_id=run_id, input=RunRequestInput(goal="g"))


CALLS: Mapping[str, tuple[type[AsyncClient], Callable[[Any], Awaitable[Any]]]] = {
    "health": (AsyncDaemonClient, lambda daemon: daemon.health()),
    "version": (AsyncDaemonClient, lambda daemon: daemon.version()),
    "raw": (AsyncDaemonClient, lambda daemon: daemon.raw.version()),
    "submit_run": (AsyncDaemonClient, lambda daemon: daemon.submit_run(_request("r"))),
    "run": (AsyncDaemonClient, lambda daemon: daemon.run("g")),
    "run_many": (AsyncDaemonClient, many),
    "instances": (AsyncDaemonClient, instances),
    "iter_runs": (AsyncDaemonClient, pages),
    "stream": (AsyncRuntimeClient, events),
    "stream, not entered": (AsyncRuntimeClient, unentered_events),
    "follow": (AsyncRuntimeClient, follow),
    "invoke": (AsyncToolRegistryClient, lambda registry: registry.invoke("echo", {"a": 1})),
}


@pytest.fixture(autouse=True)
def _short_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arp_sdk.core._workflows.polling._FIRST_INTERVAL", 0.001)


@pytest.mark.parametrize(
    "step", [pytest.param(1, marks=pytest.mark.full, id="each"), pytest.param(5, id="each fifth")]
)
@pytest.mark.parametrize("moment", get_args(Moment))
@pytest.mark.parametrize("name", CALLS)
def test_a_canceled_call_leaves_nothing(
    server: Server, name: str, moment: Moment, step: int
) -> None:
    number = 1
    while not asyncio.run(_ends(server, name, number, moment)):
        number += step
    assert number > 3  # it was canceled a few times before


async def _ends(server: Server, name: str, number: int, moment: Moment) -> bool:
    """Cancel a call at its n-th await; return True if it ends before."""
    kind, call = CALLS[name]
    service = Service()
    server.plan(service)
    retries = Retried()
    client = kind(server.url, retries=FAST, on_request=retries.sent, on_response=retries.received)
    client._budget = budget = Budget(refill=0)
    stepped = CanceledAt(call(client), number, moment)
    try:
        await asyncio.create_task(_awaited(stepped))
        canceled = False
    except asyncio.CancelledError:
        canceled = True
    assert canceled == (stepped.waits >= number)
    await settled(client, server)
    assert service.instances == {}
    assert budget._left == 64 - retries.made
    await client.health()  # type: ignore[attr-defined]
    await client.close()
    await settled(client, server)
    return not canceled


async def _awaited(work: Awaitable[Any]) -> Any:
    return await work
