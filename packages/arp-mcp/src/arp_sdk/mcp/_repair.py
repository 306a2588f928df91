"""Repair of lists of tools, of which the library rejects all for the fault of one."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
from mcp.client import Transport
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCResponse, Tool
from pydantic import ValidationError

_logger = logging.getLogger("arp_sdk.mcp")


@asynccontextmanager
async def repaired(transport: Transport) -> AsyncIterator[Any]:
    """Connect, and repair the lists of tools that come from the server."""
    send, receive = anyio.create_memory_object_stream[SessionMessage | Exception]()

    async with transport as (read, write), anyio.create_task_group() as group:

        async def relay() -> None:
            async with send:
                try:
                    async for item in read:
                        if isinstance(item, SessionMessage):
                            _repair(item.message)
                        await send.send(item)
                except anyio.BrokenResourceError:
                    return  # The client has left.

        group.start_soon(relay)
        yield receive, write
        group.cancel_scope.cancel()


def _repair(message: Any) -> None:
    if isinstance(message, JSONRPCResponse) and isinstance(message.result.get("tools"), list):
        # Only MCP 2026-07-28 has a `resultType`, and it allows any output schema.
        any_output = "resultType" in message.result
        tools = [_repaired(each, any_output) for each in message.result["tools"]]
        message.result["tools"] = [each for each in tools if each is not None]


def _repaired(tool: Any, any_output: bool) -> dict[str, Any] | None:
    """Return a tool that the library accepts, or None for something without a name."""
    if not isinstance(tool, dict) or not isinstance(tool.get("name"), str):
        _logger.warning("the MCP server lists a tool without a name")
        return None
    schema = tool.get("inputSchema")
    fixed = {**tool, "inputSchema": {**(schema if isinstance(schema, dict) else {})}}
    # Arguments are an object, whatever the schema says.
    fixed["inputSchema"]["type"] = "object"
    output = tool.get("outputSchema")
    if not any_output and output is not None:
        if isinstance(output, dict) and output.get("type", "object") == "object":
            fixed["outputSchema"] = {**output, "type": "object"}
        else:
            del fixed["outputSchema"]
    try:
        Tool.model_validate(fixed, by_name=False)
    except ValidationError as error:
        _logger.warning("the MCP server lists an invalid tool %s: %s", tool["name"], error)
        return {"name": tool["name"], "inputSchema": fixed["inputSchema"]}
    return fixed
