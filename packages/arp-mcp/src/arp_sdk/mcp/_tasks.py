"""Calls of tools as tasks of MCP 2025-11-25, whose results a host fetches later."""

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
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    CancelTaskRequestParams,
    GetTaskPayloadRequestParams,
    GetTaskRequestParams,
    Task,
    TaskStatus,
)

VERSION = "2025-11-25"
"""The version that has tasks. The next one moved them into an extension."""

CAPABILITY: dict[str, Any] = {"cancel": {}, "requests": {"tools": {"call": {}}}}

Context = ServerRequestContext[Any, Any]
Call = Callable[[Context, CallToolRequestParams], Awaitable[CallToolResult]]

_RELATED = "io.modelcontextprotocol/related-task"
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
        self.expires = asyncio.get_running_loop().time() + ttl / 1000
        work.add_done_callback(self._ended)

    def _ended(self, work: asyncio.Task[CallToolResult]) -> None:
        self.updated = _now()
        if not work.cancelled():
            work.exception()  # It is reported with the result.

    def state(self) -> TaskStatus:
        if not self.work.done():
            return "working"
        if self.work.cancelled():
            return "cancelled"
        failed = self.work.exception() is not None or self.work.result().is_error
        return "failed" if failed else "completed"

    def dump(self) -> dict[str, Any]:
        task = Task(
            task_id=self.id,
            status=self.state(),
            created_at=self.created,
            last_updated_at=self.updated,
            ttl=self.ttl,
            poll_interval=_POLL_INTERVAL,
        )
        return task.model_dump(mode="json", by_alias=True, exclude_none=True)


class Tasks:
    """The tasks of a server. Their ids cannot be guessed, and there is no list of them.

    Args:
        server: The server, to which the methods are added.
        allowed: Returns whether a tool may be called as a task.
        call: Calls a tool.
    """

    def __init__(self, server: Server[Any], allowed: Callable[[str], bool], call: Call) -> None:
        self._allowed = allowed
        self._call = call
        self._running: dict[str, _Running] = {}
        server.middleware.append(self._create)
        server.add_request_handler("tasks/get", GetTaskRequestParams, self._get)
        server.add_request_handler("tasks/result", GetTaskPayloadRequestParams, self._result)
        server.add_request_handler("tasks/cancel", CancelTaskRequestParams, self._cancel)

    async def close(self) -> None:
        """Cancel what still runs."""
        works = [each.work for each in self._running.values()]
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)

    # The library knows no tasks: its check of results would drop this one.
    async def _create(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        given = ctx.params or {}
        if (
            ctx.method != "tools/call"
            or ctx.protocol_version != VERSION
            or given.get("task") is None
        ):
            return await call_next(ctx)
        params = CallToolRequestParams.model_validate(given, by_name=False)
        if params.task is None or not self._allowed(params.name):
            return await call_next(ctx)
        self._forget()
        if len(self._running) >= _MOST_TASKS:
            raise MCPError(code=INVALID_PARAMS, message="There are too many tasks")
        ttl = min(max(_KEPT if params.task.ttl is None else params.task.ttl, 0), _LONGEST_KEPT)
        task = _Running(asyncio.ensure_future(self._call(ctx, params)), ttl)
        self._running[task.id] = task
        return {"task": task.dump()}

    async def _get(self, context: Context, params: GetTaskRequestParams) -> HandlerResult:
        return self._find(context, params.task_id).dump()

    async def _result(self, context: Context, params: GetTaskPayloadRequestParams) -> HandlerResult:
        task = self._find(context, params.task_id)
        await asyncio.wait([task.work])
        if task.work.cancelled():
            raise MCPError(code=INVALID_PARAMS, message="The task was cancelled")
        result = task.work.result().model_dump(mode="json", by_alias=True, exclude_none=True)
        result.pop("resultType", None)
        return {**result, "_meta": {_RELATED: {"taskId": task.id}}}

    async def _cancel(self, context: Context, params: CancelTaskRequestParams) -> HandlerResult:
        task = self._find(context, params.task_id)
        if task.work.done():
            message = f"The task has ended already: {task.state()}"
            raise MCPError(code=INVALID_PARAMS, message=message)
        task.work.cancel()
        await asyncio.wait([task.work])
        return task.dump()

    def _find(self, context: Context, task_id: str) -> _Running:
        self._forget()
        task = self._running.get(task_id)
        if task is None or context.protocol_version != VERSION:
            raise MCPError(code=INVALID_PARAMS, message="There is no such task, or it has expired")
        return task

    def _forget(self) -> None:
        """Drop the tasks that have been kept for as long as they are."""
        now = asyncio.get_running_loop().time()
        for task in list(self._running.values()):
            if task.expires < now and task.work.done():
                del self._running[task.id]


def _now() -> str:
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")
