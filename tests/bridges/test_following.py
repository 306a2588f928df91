"""MCP hosts follow lists of tools that change, and fetch the results of long runs later."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, ClassVar, Literal

import mcp_types as types
import pytest
from mcp import Client
from mcp.client.extension import ClaimContext, ClientExtension, ResultClaim
from mcp.shared.exceptions import MCPError
from pydantic import ConfigDict

from arp_sdk.mcp import HostServer, Source, http_app
from arp_sdk.sandbox import Fail, Gate, Sandbox, Say, Wait
from support.server import Received, Reply, Server, free_port, json_reply

from .schemas import PERSON, tool
from .serving import serving_app
from .test_hosts import ERAS, SERVICES, box, registry_tools, runs, text

__all__ = ["box"]
pytestmark = pytest.mark.threads_only("MCP is asynchronous")
TRANSPORTS = pytest.mark.parametrize("transport", ["memory", "http"])


@asynccontextmanager
async def served(
    transport: str, source: Source, **options: Any
) -> AsyncIterator[tuple[HostServer, Callable[..., Client]]]:
    """Yield a server, and a function that makes hosts of it."""
    server = HostServer([source], **options)
    async with AsyncExitStack() as stack:
        target: Any = server
        if transport == "http":
            target = stack.enter_context(serving_app(http_app(server))) + "/mcp"
        else:
            stack.push_async_callback(server.close)
        yield server, lambda mode, **more: Client(target, mode=mode, **more)


async def until(condition: Callable[[], Any]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


def finish(check: Any) -> None:
    asyncio.run(asyncio.wait_for(check, 50))


@TRANSPORTS
@ERAS
def test_each_host_learns_that_the_list_has_changed(
    server: Server, era: str, transport: str
) -> None:
    names = ["one"]
    broken: list[Reply] = []

    def reply(request: Received) -> Reply:
        return broken[0] if broken else json_reply([tool(PERSON, each).to_dict() for each in names])

    server.plan(reply)

    @asynccontextmanager
    async def host(client: Client) -> AsyncIterator[list[Any]]:
        """Connect, list the tools, and note the changes."""
        seen: list[Any] = []

        async def note(message: Any) -> None:
            if isinstance(message, types.ToolListChangedNotification):
                seen.append(message)

        async def follow(subscription: Any) -> None:
            async for event in subscription:
                seen.append(event)

        if era == "legacy":
            client.message_handler = note
        async with client, AsyncExitStack() as stack:
            assert client.server_capabilities.tools == types.ToolsCapability(list_changed=True)
            if era == "auto":
                listen = client.listen(tools_list_changed=True)
                following = asyncio.ensure_future(follow(await stack.enter_async_context(listen)))
                stack.callback(following.cancel)
            assert len((await client.list_tools()).tools) == len(names)
            yield seen

    async def check() -> None:
        source = registry_tools(server.url)
        async with served(transport, source, poll=0.02) as (mcp, connect):
            async with host(connect(era)) as first, host(connect(era)) as second:
                # A registry that does not respond has not changed, and is read again.
                broken.append(json_reply({"error": {"code": "x", "message": "x"}}, status=500))
                asked = len(server.requests)
                await until(lambda: len(server.requests) > asked + 2)
                assert first == second == []
                broken.clear()
                names.append("two")
                await until(lambda: first and second)
                asked = len(server.requests)
                await until(lambda: len(server.requests) > asked + 2)
                assert len(first) == len(second) == 1
            await until(lambda: mcp._changes._reading is None)

    finish(check())


class TaskCreated(types.Result):
    model_config = ConfigDict(extra="allow")
    result_type: Literal["task"] = "task"


class TaskState(types.Result):
    model_config = ConfigDict(extra="allow")


class TaskRequest(types.Request[types.GetTaskRequestParams, str]):
    name_param: ClassVar[str | None] = "taskId"


async def ask(session: Any, method: str, task_id: str) -> dict[str, Any]:
    request = TaskRequest(method=method, params=types.GetTaskRequestParams(task_id=task_id))
    found = await session.send_request(request, TaskState)
    return dict(found.model_dump(by_alias=True, exclude_none=True))


class TakesTasks(ClientExtension):
    """A host that takes tasks, and does `act` before it polls."""

    identifier = "io.modelcontextprotocol/tasks"

    def __init__(self, act: Callable[[Any, dict[str, Any]], Any] | None = None) -> None:
        self.act = act
        self.states: list[dict[str, Any]] = []

    def claims(self) -> Any:
        return [ResultClaim(result_type="task", model=TaskCreated, resolve=self.resolve)]

    async def resolve(self, created: TaskCreated, context: ClaimContext) -> types.CallToolResult:
        task = created.model_dump(by_alias=True)
        self.states.append(task)
        if self.act is not None:
            await self.act(context.session, task)
        while self.states[-1]["status"] == "working":
            self.states.append(await ask(context.session, "tasks/get", task["taskId"]))
            await asyncio.sleep(0.01)
        last = self.states[-1]
        given = last.get("result", {"content": [], "isError": True})
        return types.CallToolResult.model_validate(given, by_name=False)


@TRANSPORTS
@SERVICES
@pytest.mark.parametrize("end", ["succeeds", "fails", "is cancelled"])
def test_a_long_run_becomes_a_task(box: Sandbox, transport: str, service: str, end: str) -> None:
    goal, gate = f"{end} as a task in {transport} of a {service}", Gate()
    box.script(goal, [Wait(gate), Fail("ink", "empty") if end == "fails" else Say("done")])

    async def act(session: Any, task: dict[str, Any]) -> None:
        assert (task["status"], task["ttlMs"]) == ("working", 3_600_000)
        assert (await ask(session, "tasks/update", task["taskId"])).get("resultType") == "complete"
        if end == "is cancelled":
            await ask(session, "tasks/cancel", task["taskId"])
        else:
            gate.open()

    async def check() -> None:
        host = TakesTasks(act)
        async with served(transport, runs(box, service), task_after=0.01) as (_, connect):
            async with connect("auto", extensions=[host]) as client:
                extensions = client.server_capabilities.extensions
                assert extensions == {TakesTasks.identifier: {}}
                result = await client.call_tool("run", {"goal": goal})
                # It is acknowledged after the end, too.
                await ask(client.session, "tasks/cancel", host.states[0]["taskId"])
        # A tool that failed is a task that completed.
        status = "cancelled" if end == "is cancelled" else "completed"
        assert (host.states[-1]["status"], host.states[-1]["resultType"]) == (status, "complete")
        assert result.is_error == (end != "succeeds")
        if end == "fails":
            assert text(result) == "ink: empty"

    try:
        finish(check())
    finally:
        gate.open()


@TRANSPORTS
def test_tasks_are_for_hosts_that_declare_them_and_for_long_runs(
    box: Sandbox, transport: str
) -> None:
    async def code(session: Any, method: str, task_id: str = "nil") -> int:
        with pytest.raises(MCPError) as caught:
            await ask(session, method, task_id)
        return caught.value.error.code

    async def check() -> None:
        goal = {"goal": "What is (19*23)?"}
        async with served(transport, runs(box, "runtime"), task_after=0.0) as (mcp, connect):
            async with connect("auto") as client:
                assert not (await client.call_tool("run", goal)).is_error
                for method in ("tasks/get", "tasks/update", "tasks/cancel"):
                    assert await code(client.session, method) == -32021
            mcp._tasks._patience = 50
            host = TakesTasks()
            async with connect("auto", extensions=[host]) as client:
                assert not (await client.call_tool("run", goal)).is_error
                assert not (await client.call_tool("start_run", goal)).is_error
                assert host.states == []
                for method in ("tasks/get", "tasks/update", "tasks/cancel"):
                    assert await code(client.session, method) == types.INVALID_PARAMS
                assert await code(client.session, "tasks/result") == types.METHOD_NOT_FOUND
            async with connect("legacy") as client:
                assert client.server_capabilities.extensions is None
                assert await code(client.session, "tasks/update") == types.METHOD_NOT_FOUND
                assert await code(client.session, "tasks/get") == types.INVALID_PARAMS
                # The host need not have listed the tools.
                mcp._tools = {}
                call = {"name": "run", "arguments": goal, "task": {"ttl": 0}}
                # The client would reject the result, as it knows no tasks of this version.
                sent = client.session._dispatcher.send_raw_request("tools/call", call)
                created = (await sent)["task"]
                found = await ask(client.session, "tasks/result", created["taskId"])
                assert found["structuredContent"]["ok"] is True

    finish(check())


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without telling it")
def test_a_host_that_listens_does_not_keep_the_server_from_stopping(server: Server) -> None:
    server.plan(json_reply([]))
    port = free_port()
    arguments = ["serve", f"--http={port}", "--tool-registry", server.url]
    process = subprocess.Popen([sys.executable, "-m", "arp_sdk.mcp", *arguments])

    async def check() -> None:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                await asyncio.sleep(0.1)
        async with Client(f"http://127.0.0.1:{port}/mcp") as client:
            async with client.listen(tools_list_changed=True):
                process.terminate()
                await asyncio.to_thread(process.wait, 40)

    try:
        finish(check())
    finally:
        process.kill()
        process.wait()
