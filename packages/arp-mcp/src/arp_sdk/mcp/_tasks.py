"""Calls of tools as tasks, whose results a host fetches later.

MCP 2025-11-25 has tasks, which a host asks for. In MCP 2026-07-28 they are the extension
`io.modelcontextprotocol/tasks`, and the server decides: a call that takes long becomes one.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from typing import Any

from mcp.server import Server
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CallToolRequestParams,
    CallToolResult,
    CancelTaskRequestParams,
    ClientCapabilities,
    GetTaskPayloadRequestParams,
    GetTaskRequestParams,
    TaskStatus,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

VERSION = "2025-11-25"
"""The version whose protocol has tasks."""

CAPABILITY: dict[str, Any] = {"cancel": {}, "requests": {"tools": {"call": {}}}}

EXTENSION = "io.modelcontextprotocol/tasks"
"""The extension of later versions."""

Context = ServerRequestContext[Any, Any]
Call = Callable[[Context, CallToolRequestParams], Awaitable[CallToolResult]]

_RELATED = "io.modelcontextprotocol/related-task"
_DECLARED = ClientCapabilities(extensions={EXTENSION: {}})
# Milliseconds.
_KEPT = 3_600_000
_LONGEST_KEPT = 24 * _KEPT
_POLL_INTERVAL = 1_000
_MOST_TASKS = 1_000


class _Running:
    """A task of a host, and the task of asyncio that works on it."""

    def __init__(self, work: asyncio.Task[CallToolResult], ttl: int) -> None:
        self.id = f"task_{os.urandom(16).hex()}"
        self.work = work
        self.ttl = ttl
        self.created = self.updated = _now()
        self.expires: float | None = None
        work.add_done_callback(self._ended)

    def _ended(self, work: asyncio.Task[CallToolResult]) -> None:
        self.updated = _now()
        # A host must be able to fetch the result of work that took longer than that.
        self.expires = asyncio.get_running_loop().time() + self.ttl / 1000
        if not work.cancelled():
            work.exception()  # It is reported with the result.

    def state(self) -> TaskStatus:
        if not self.work.done():
            return "working"
        if self.work.cancelled():
            return "cancelled"
        return "completed" if self.work.exception() is None else "failed"

    def dump(self) -> dict[str, Any]:
        """Return the task as MCP 2025-11-25 has it, where a tool that failed is a failed task."""
        state = self.state()
        if state == "completed" and self.work.result().is_error:
            state = "failed"
        return {**self._common(state), "ttl": self.ttl, "pollInterval": _POLL_INTERVAL}

    def dump_extension(self) -> dict[str, Any]:
        """Return the task as the extension has it, with its result or its error."""
        state = self.state()
        found = {**self._common(state), "ttlMs": self.ttl, "pollIntervalMs": _POLL_INTERVAL}
        if state == "completed":
            found["result"] = self.result()
        elif state == "failed":
            found["error"] = _as_error(self.work.exception())
        return found

    def result(self) -> dict[str, Any]:
        return self.work.result().model_dump(mode="json", by_alias=True, exclude_none=True)

    def _common(self, state: TaskStatus) -> dict[str, Any]:
        return {
            "taskId": self.id,
            "status": state,
            "createdAt": self.created,
            "lastUpdatedAt": self.updated,
        }


class Tasks:
    """The tasks of a server. Their ids cannot be guessed, and there is no list of them.

    Args:
        allowed: Returns whether calls of a tool may be tasks.
        patience: Seconds after which a call becomes a task of the extension.
    """

    def __init__(
        self,
        server: Server[Any],
        allowed: Callable[[str], Awaitable[bool]],
        call: Call,
        patience: float,
    ) -> None:
        self._allowed = allowed
        self._call = call
        self._patience = patience
        self._running: dict[str, _Running] = {}
        server.middleware.append(self._create)
        server.add_request_handler("tools/call", CallToolRequestParams, self._call_or_create)
        server.add_request_handler("tasks/get", GetTaskRequestParams, self._get)
        server.add_request_handler("tasks/result", GetTaskPayloadRequestParams, self._result)
        # Nothing here asks a host for input, so there are no responses to take.
        server.add_request_handler("tasks/update", GetTaskRequestParams, self._update)
        server.add_request_handler("tasks/cancel", CancelTaskRequestParams, self._cancel)

    async def close(self) -> None:
        """Cancel what still runs."""
        works = [each.work for each in self._running.values()]
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)

    # The library knows no tasks of 2025-11-25: its check of results would drop this one.
    async def _create(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        given = ctx.params or {}
        if (
            ctx.method != "tools/call"
            or ctx.protocol_version != VERSION
            or given.get("task") is None
        ):
            return await call_next(ctx)
        params = CallToolRequestParams.model_validate(given, by_name=False)
        if params.task is None or not await self._allowed(params.name):
            return await call_next(ctx)
        if self._is_full():
            raise MCPError(code=INVALID_PARAMS, message="There are too many tasks")
        ttl = min(max(_KEPT if params.task.ttl is None else params.task.ttl, 0), _LONGEST_KEPT)
        return {"task": self._keep(asyncio.ensure_future(self._call(ctx, params)), ttl).dump()}

    async def _call_or_create(
        self, context: Context, params: CallToolRequestParams
    ) -> HandlerResult:
        if not _has_extension(context) or not await self._allowed(params.name) or self._is_full():
            return await self._call(context, params)
        work = asyncio.ensure_future(self._call(context, params))
        try:
            await asyncio.wait([work], timeout=self._patience)
        except asyncio.CancelledError:
            work.cancel()
            await asyncio.wait([work])
            raise
        if work.done():
            return work.result()
        return {"resultType": "task", **self._keep(work, _KEPT).dump_extension()}

    async def _get(self, context: Context, params: GetTaskRequestParams) -> HandlerResult:
        task = self._find(context, params.task_id)
        return task.dump() if context.protocol_version == VERSION else task.dump_extension()

    async def _result(self, context: Context, params: GetTaskPayloadRequestParams) -> HandlerResult:
        task = self._find(context, params.task_id, legacy=True)
        await asyncio.wait([task.work])
        if task.work.cancelled():
            raise MCPError(code=INVALID_PARAMS, message="The task was cancelled")
        result = task.result()
        result.pop("resultType", None)
        return {**result, "_meta": {_RELATED: {"taskId": task.id}}}

    async def _update(self, context: Context, params: GetTaskRequestParams) -> HandlerResult:
        self._find(context, params.task_id, legacy=False)
        return {}

    async def _cancel(self, context: Context, params: CancelTaskRequestParams) -> HandlerResult:
        task = self._find(context, params.task_id)
        if context.protocol_version != VERSION:
            task.work.cancel()
            return {}
        if task.work.done():
            message = f"The task has ended already: {task.state()}"
            raise MCPError(code=INVALID_PARAMS, message=message)
        task.work.cancel()
        await asyncio.wait([task.work])
        return task.dump()

    def _keep(self, work: asyncio.Task[CallToolResult], ttl: int) -> _Running:
        task = _Running(work, ttl)
        self._running[task.id] = task
        return task

    def _find(self, context: Context, task_id: str, legacy: bool | None = None) -> _Running:
        """Return a task, for a method that only the `legacy` tasks have, or only the others."""
        is_legacy = context.protocol_version == VERSION
        known = is_legacy or context.protocol_version in MODERN_PROTOCOL_VERSIONS
        if not known or legacy not in (None, is_legacy):
            raise MCPError(code=METHOD_NOT_FOUND, message="Method not found")
        if not is_legacy and not _has_extension(context):
            raise MCPError(
                code=MISSING_REQUIRED_CLIENT_CAPABILITY,
                message=f"The host must declare the extension {EXTENSION}",
                data={"requiredCapabilities": {"extensions": {EXTENSION: {}}}},
            )
        self._forget()
        task = self._running.get(task_id)
        if task is None:
            raise MCPError(code=INVALID_PARAMS, message="There is no such task, or it has expired")
        return task

    def _is_full(self) -> bool:
        self._forget()
        return len(self._running) >= _MOST_TASKS

    def _forget(self) -> None:
        """Drop the tasks that have been kept for as long as they are."""
        now = asyncio.get_running_loop().time()
        for task in list(self._running.values()):
            if task.expires is not None and task.expires < now:
                del self._running[task.id]


def _has_extension(context: Context) -> bool:
    """Return whether the host takes tasks of the extension as results of this request."""
    return context.protocol_version in MODERN_PROTOCOL_VERSIONS and (
        context.session.check_client_capability(_DECLARED)
    )


def _as_error(error: BaseException | None) -> dict[str, Any]:
    """Return the error of the protocol. Others are not told: a text may have secrets."""
    if isinstance(error, MCPError):
        return error.error.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {"code": INTERNAL_ERROR, "message": "Internal server error"}


def _now() -> str:
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")
