"""The tools that an MCP server offers: those of a tool registry, and runs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import anyio
from mcp_types import CallToolResult, Tool, ToolAnnotations, ToolExecution

from arp_sdk.core._workflows.json_schema import violation
from arp_sdk.daemon import AsyncDaemonClient
from arp_sdk.errors import ArpApiError, ArpConfigError, ArpError, ArpRunFailed
from arp_sdk.models import (
    RunEvent,
    RunRequest,
    RunRequestInput,
    RunResult,
    RunStatus,
    ToolDefinition,
    ToolInvocationRequest,
)
from arp_sdk.runtime import AsyncRuntimeClient
from arp_sdk.tool_registry import AsyncToolRegistryClient

from ._content import as_mcp_result, as_mcp_tool, as_text, failure, run_result

Report = Callable[[float, str], Awaitable[None]]
"""Reports progress: a number that grows, and a text."""

_TOKEN_VARIABLE = "ARP_TOKEN"  # noqa: S105  # a name, not a token
_CANCEL_SECONDS = 5.0
_TEXT_LIMIT = 200


class Source(Protocol):
    """Some tools."""

    async def tools(self) -> list[Tool]:
        """Return the tools."""
        ...

    async def call(self, tool: Tool, arguments: dict[str, Any], report: Report) -> CallToolResult:
        """Call a tool. A failure of it is a result."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class RegistryTools:
    """The tools of an ARP tool registry.

    Args:
        registry: A client of it, which is closed with this.
    """

    def __init__(self, registry: AsyncToolRegistryClient) -> None:
        self._registry = registry
        self._definitions: dict[str, ToolDefinition] = {}

    async def tools(self) -> list[Tool]:
        """Return the tools, as the registry lists them now."""
        named = {}
        for definition in (await self._registry.tools()).values():
            named[str(definition.to_mcp()["name"])] = definition
        self._definitions = named
        return [as_mcp_tool(definition, name) for name, definition in named.items()]

    async def call(
        self,
        tool: Tool,
        arguments: dict[str, Any],
        report: Report,  # noqa: ARG002  # a registry reports none
    ) -> CallToolResult:
        """Invoke a tool. If the registry rejects the call, return a failed result."""
        definition = self._definitions.get(tool.name)
        if definition is None:
            return failure(f"the registry has no tool {tool.name} now")
        request = ToolInvocationRequest(
            invocation_id=f"inv_{os.urandom(16).hex()}",
            tool_id=definition.tool_id,
            args=arguments,
        )
        result = as_mcp_result(await self._registry.invoke_tool(request))
        reason = _mismatch(tool, result)
        return result if reason is None else failure(reason)

    async def close(self) -> None:
        """Close the connections to the tool registry."""
        await self._registry.close()


def _mismatch(tool: Tool, result: CallToolResult) -> str | None:
    """Return the reason why clients would drop a result, which then at least reaches the model."""
    if tool.output_schema is None or result.is_error:
        return None
    got = as_text(result.structured_content)
    try:
        found = violation(tool.output_schema, result.structured_content, "output_schema")
    except ArpConfigError as error:
        return f"the result cannot be checked: {error.message}: {got}"
    if found is None:
        return None
    message, path = found
    return f"the result does not match the tool's output schema: {message} at {path}: {got}"


_GOAL = {
    "type": "object",
    "properties": {
        "goal": {"type": "string", "description": "Task of the run, in natural language."},
        "context": {"type": "object", "description": "Background information for the task."},
        "data": {"type": "object", "description": "Data that the task is about."},
    },
    "required": ["goal"],
    "additionalProperties": False,
}
_RUN_ID = {
    "type": "object",
    "properties": {"run_id": {"type": "string", "description": "Identifier of the run."}},
    "required": ["run_id"],
    "additionalProperties": False,
}
_STATUS = {
    "type": "object",
    "properties": {"run_id": {"type": "string"}, "state": {"type": "string"}},
    "required": ["run_id", "state"],
}
_RESULT = {
    "type": "object",
    "properties": {
        "run_id": {"type": "string"},
        "ok": {"type": "boolean"},
        "output": {"type": "object"},
    },
    "required": ["run_id", "ok"],
}
_WRITES = ToolAnnotations(read_only_hint=False, open_world_hint=True)
_READS = ToolAnnotations(read_only_hint=True)

RUN_TOOLS = [
    Tool(
        name="run",
        title="Run an agent",
        description="Give a goal to an agent, wait until it is done, and return its output. "
        "Progress is reported. Canceling the call cancels the run.",
        input_schema=_GOAL,
        output_schema=_RESULT,
        annotations=_WRITES,
        execution=ToolExecution(task_support="optional"),
    ),
    Tool(
        name="start_run",
        title="Start an agent",
        description="Give a goal to an agent, and return the run_id at once. "
        "Use it for long work, and get_run for the output.",
        input_schema=_GOAL,
        output_schema=_STATUS,
        annotations=_WRITES,
    ),
    Tool(
        name="get_run",
        title="Look at a run",
        description="Return the state of a run, and its output if it has ended.",
        input_schema=_RUN_ID,
        output_schema=_STATUS,
        annotations=_READS,
    ),
    Tool(
        name="cancel_run",
        title="Cancel a run",
        description="Request that a run stop before it is finished.",
        input_schema=_RUN_ID,
        output_schema=_STATUS,
        annotations=ToolAnnotations(read_only_hint=False, idempotent_hint=True),
    ),
]


class RunTools:
    """Runs of a daemon or a runtime, as the tools `run`, `start_run`, `get_run`, `cancel_run`.

    Args:
        service: A client of it, which is closed with this.
        worker_token: Bearer token for the runtimes of a daemon, which cancel its runs.
    """

    def __init__(
        self, service: AsyncDaemonClient | AsyncRuntimeClient, worker_token: str | None = None
    ) -> None:
        self._service = service
        self._worker_token = worker_token

    async def tools(self) -> list[Tool]:
        """Return the tools."""
        return RUN_TOOLS

    async def call(self, tool: Tool, arguments: dict[str, Any], report: Report) -> CallToolResult:
        """Call a tool. Arguments that do not fit its schema are a failed result."""
        found = violation(tool.input_schema, arguments)
        if found is not None:
            return failure(f"invalid arguments: {found[0]} at {found[1]}")
        if tool.name == "get_run":
            return await self._look_at(arguments["run_id"])
        if tool.name == "cancel_run":
            return _status_result(await self._cancel(arguments["run_id"]))
        run_id = f"run_{os.urandom(16).hex()}"
        request = RunRequest(run_id=run_id, input=RunRequestInput(**arguments))
        if tool.name == "start_run":
            return _status_result(await self._submit(request))
        try:
            await self._submit(request)
            return run_result(await self._finish(run_id, report))
        except asyncio.CancelledError:
            with anyio.CancelScope(shield=True), anyio.move_on_after(_CANCEL_SECONDS):
                await self._cancel_quietly(run_id)
            raise

    async def close(self) -> None:
        """Close the connections to the service."""
        await self._service.close()

    async def _submit(self, request: RunRequest) -> RunStatus:
        if isinstance(self._service, AsyncRuntimeClient):
            return await self._service.create_run(request)
        return await self._service.submit_run(request)

    async def _finish(self, run_id: str, report: Report) -> RunResult:
        """Wait for a run, and report its events, or its states if there are no events."""
        service = self._service
        if isinstance(service, AsyncRuntimeClient):
            async with service.follow(run_id) as follow:
                async for event in follow:
                    await report(event.seq + 1, _described(event))
                return await follow.result(check=False)
        states: asyncio.Queue[str] = asyncio.Queue()
        reporting = asyncio.create_task(_report_states(states, report))
        try:
            status = await service.wait_for_run(
                run_id, on_update=lambda status: states.put_nowait(str(status.state))
            )
            await states.join()
        finally:
            reporting.cancel()
        result = await self._result(run_id)
        if result is None:
            raise ArpRunFailed(f"run {run_id} {status.state}", status=status, result=None)
        return result

    async def _result(self, run_id: str) -> RunResult | None:
        """Return the result of a run that has ended, or None if it was canceled or failed."""
        try:
            return await self._service.get_run_result(run_id)
        except ArpApiError as error:
            # Services need not keep a result for such a run.
            if error.status_code not in (404, 409, 410):
                raise
            return None

    async def _look_at(self, run_id: str) -> CallToolResult:
        status = await self._service.get_run_status(run_id)
        if str(status.state) not in ("succeeded", "failed", "canceled"):
            return _status_result(status)
        found = await self._result(run_id)
        if found is None:
            return _status_result(status)
        result = run_result(found)
        structured = {**status.to_dict(), "result": result.structured_content}
        # The look at a failed run is not a failure.
        return result.model_copy(update={"structured_content": structured, "is_error": False})

    async def _cancel(self, run_id: str) -> RunStatus:
        service = self._service
        if isinstance(service, AsyncRuntimeClient):
            return await service.cancel_run(run_id)
        status = await service.get_run_status(run_id)
        for instance in (await service.list_instances()).instances:
            if instance.instance_id == status.runtime_instance_id:
                async with _worker(instance.runtime_api_endpoint, self._worker_token) as runtime:
                    return await runtime.cancel_run(run_id)
        raise ArpRunFailed(
            f"run {run_id} cannot be canceled: the daemon does not say which instance executes it",
            status=status,
            result=None,
        )

    async def _cancel_quietly(self, run_id: str) -> None:
        try:
            await self._cancel(run_id)
        except ArpError:
            # The caller is gone.
            return


def _worker(url: str, token: str | None) -> AsyncRuntimeClient:
    """Return a client of a runtime that does not get the token for the daemon."""
    hidden = os.environ.pop(_TOKEN_VARIABLE, None)
    try:
        return AsyncRuntimeClient(url, auth=token)
    finally:
        if hidden is not None:
            os.environ[_TOKEN_VARIABLE] = hidden


async def _report_states(states: asyncio.Queue[str], report: Report) -> None:
    number = 0
    while True:
        state = await states.get()
        number += 1
        await report(number, state)
        states.task_done()


def _status_result(status: RunStatus) -> CallToolResult:
    result = failure(f"run {status.run_id} is {status.state}")
    return result.model_copy(update={"structured_content": status.to_dict(), "is_error": False})


def _described(event: RunEvent) -> str:
    """Return a short text about an event."""
    text = f"{event.type} {as_text(event.data)}" if event.data else str(event.type)
    return text if len(text) <= _TEXT_LIMIT else f"{text[: _TEXT_LIMIT - 3]}..."
