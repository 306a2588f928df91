"""What a plan can do while its run goes on, within the run's limits and policy."""

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
    ToolInvocationResult,
)

from .run import Run


class Tools(Protocol):
    """A tool registry, as runs see it."""

    async def id_of(self, name: str) -> str:
        """The identifier of a tool; its name where there is no such tool."""
        ...

    async def invoke(
        self, invocation_id: str, name: str, args: dict[str, Any]
    ) -> ToolInvocationResult:
        """Invoke a tool by its name.

        Raises:
            ToolsUnavailableError: If it cannot be invoked.
        """
        ...


class ToolsUnavailableError(Exception):
    """The tool registry does not know the tool, or cannot be reached."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class RunFailedError(Exception):
    """The run cannot reach its goal."""

    def __init__(self, code: str, message: str, cause: ErrorCause | None = None) -> None:
        super().__init__(message)
        self.error = Error(code=code, message=message, cause=cause)


class Session:
    """What goes on in one run.

    Args:
        run: The run.
        tools: The tools that it may call.
        latency: Seconds that each event takes.
    """

    def __init__(self, run: Run, tools: Tools, latency: float) -> None:
        request = run.record.request
        self._run = run
        self._tools = tools
        self._latency = latency
        self._limits = request.limits or RunRequestLimits()
        self._policy = request.tool_policy or RunRequestToolPolicy()
        self._steps = 0
        self._tokens = 0
        self._calls = 0

    @property
    def usage(self) -> dict[str, Any]:
        """What the run has consumed."""
        return {"steps": self._steps, "tokens": self._tokens, "tool_calls": self._calls}

    async def step(self, title: str) -> None:
        """Take a step, if the limits allow one more."""
        most = self._limits.max_steps
        if most is not None and self._steps >= most:
            raise RunFailedError("limits.max_steps", f"The run needs more than {most} steps.")
        self._steps += 1
        await self.emit(RunEventType.STEP, {"step": self._steps, "title": title})

    async def say(self, text: str) -> None:
        """Produce text, word by word."""
        for piece in re.findall(r"\s*\S+|\s+$", text):
            most = self._limits.max_tokens
            if most is not None and self._tokens >= most:
                raise RunFailedError("limits.max_tokens", f"The run needs more than {most} tokens.")
            self._tokens += 1
            await self.emit(RunEventType.TOKEN, {"text": piece})

    async def call(self, name: str, args: dict[str, Any]) -> dict[str, Any]:
        """Invoke a tool.

        Returns:
            What the tool returned.

        Raises:
            RunFailedError: If the policy forbids it, or the tool fails.
        """
        await self.step(f"call {name}")
        await self._permit(name)
        self._calls += 1
        invocation_id = f"{self._run.run_id}-{self._calls}"
        what = {"invocation_id": invocation_id, "tool_name": name}
        await self.emit(RunEventType.TOOL_CALL, {**what, "args": args})
        try:
            answer = await self._tools.invoke(invocation_id, name, args)
        except ToolsUnavailableError as error:
            raise _tool_failed(name, error.code, str(error)) from None
        await self.emit(RunEventType.TOOL_RESULT, {**answer.to_dict(), **what})
        if answer.ok:
            return answer.result or {}
        failure = answer.error or Error(code="tool.failed", message="it does not say why")
        raise _tool_failed(name, failure.code, failure.message)

    async def emit(self, type_: RunEventType, data: dict[str, Any]) -> None:
        """Let something happen, after a while."""
        await asyncio.sleep(self._latency)
        self._run.emit(type_, data)

    async def _permit(self, name: str) -> None:
        allowed, denied = self._policy.allow_tool_ids, self._policy.deny_tool_ids
        if allowed is None and denied is None:
            return
        known_as = {name, await self._tools.id_of(name)}
        if (allowed is not None and not known_as & {*allowed}) or known_as & {*(denied or ())}:
            raise RunFailedError("tool.denied", f"The policy of the run forbids the tool {name}.")


def _tool_failed(name: str, code: str, message: str) -> RunFailedError:
    text = f"The tool {name} has failed: {code}: {message}"
    return RunFailedError("flow.failed", text, ErrorCause(code=code, message=message))
