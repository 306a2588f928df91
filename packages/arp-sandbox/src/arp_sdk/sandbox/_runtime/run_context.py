"""The actions of a run, within its limits and its tool policy."""

from __future__ import annotations

import asyncio
import re
from typing import Any, Protocol

from arp_sdk.models import (
    Error,
    ErrorCause,
    RunEventType,
    RunRequestLimits,
    RunRequestToolPolicy,
    ToolDefinition,
    ToolInvocationRequest,
    ToolInvocationResult,
)
from arp_sdk.sandbox._http.remote_service import RemoteService
from arp_sdk.server import ServiceError
from arp_sdk.tool_registry import ToolRegistryClient

from .run import Run


class Tools(Protocol):
    """A tool registry. Its methods raise ServiceError if it refuses or cannot be reached."""

    async def list_tools(self) -> list[ToolDefinition]: ...

    async def invoke_tool(self, body: ToolInvocationRequest) -> ToolInvocationResult: ...


class RemoteTools(RemoteService[ToolRegistryClient]):
    """The tools of another registry on this machine."""

    async def list_tools(self) -> list[ToolDefinition]:
        return await self.call(self.client.list_tools)

    async def invoke_tool(self, body: ToolInvocationRequest) -> ToolInvocationResult:
        return await self.call(self.client.invoke_tool, body)


class RunFailedError(Exception):
    """The run has failed."""

    def __init__(self, code: str, message: str, cause: ErrorCause | None = None) -> None:
        super().__init__(message)
        self.error = Error(code=code, message=message, cause=cause)


class RunContext:
    """The actions of one run."""

    def __init__(self, run: Run, tools: Tools, latency: float) -> None:
        request = run.record.request
        self._run = run
        self._tools = tools
        self._latency = latency
        self._limits = request.limits or RunRequestLimits()
        self._policy = request.tool_policy or RunRequestToolPolicy()
        self.usage = {"steps": 0, "tokens": 0, "tool_calls": 0}

    async def step(self, title: str) -> None:
        """Emit a step, if the limits allow one more."""
        self._count("steps", self._limits.max_steps)
        await self.emit(RunEventType.STEP, {"step": self.usage["steps"], "title": title})

    async def say(self, text: str) -> None:
        """Emit text, word by word."""
        for piece in re.findall(r"\s*\S+|\s+$", text):
            self._count("tokens", self._limits.max_tokens)
            await self.emit(RunEventType.TOKEN, {"text": piece})

    async def call(self, name: str, args: dict[str, Any]) -> dict[str, Any]:
        """Invoke a tool and return its result."""
        await self.step(f"call {name}")
        await self._check_policy(name)
        self.usage["tool_calls"] += 1
        invocation_id = f"{self._run.run_id}-{self.usage['tool_calls']}"
        ids = {"invocation_id": invocation_id, "tool_name": name}
        await self.emit(RunEventType.TOOL_CALL, {**ids, "args": args})
        request = ToolInvocationRequest(invocation_id=invocation_id, tool_name=name, args=args)
        try:
            result = await self._tools.invoke_tool(request)
        except ServiceError as error:
            raise _tool_failed(name, error.error) from None
        await self.emit(RunEventType.TOOL_RESULT, {**result.to_dict(), **ids})
        if result.ok:
            return result.result or {}
        raise _tool_failed(name, result.error or Error(code="tool.failed", message="no reason"))

    async def emit(self, type_: RunEventType, data: dict[str, Any]) -> None:
        """Emit an event after the latency."""
        await asyncio.sleep(self._latency)
        self._run.emit(type_, data)

    def _count(self, unit: str, limit: int | None) -> None:
        if limit is not None and self.usage[unit] >= limit:
            message = f"The run needs more than {limit} {unit}."
            raise RunFailedError(f"limits.max_{unit}", message)
        self.usage[unit] += 1

    async def _check_policy(self, name: str) -> None:
        allowed, denied = self._policy.allow_tool_ids, self._policy.deny_tool_ids
        if allowed is None and denied is None:
            return
        try:
            tools = await self._tools.list_tools()
        except ServiceError:
            tools = []
        names = {name, *(tool.tool_id for tool in tools if tool.name == name)}
        if (allowed is not None and not names & {*allowed}) or names & {*(denied or ())}:
            message = f"The tool policy of the run forbids the tool {name}."
            raise RunFailedError("tool.denied", message)


def _tool_failed(name: str, error: Error) -> RunFailedError:
    message = f"The tool {name} failed: {error.code}: {error.message}"
    return RunFailedError(
        "flow.failed", message, ErrorCause(code=error.code, message=error.message)
    )
