"""MCP for ARP: the tools of an MCP server as an ARP tool registry."""

from __future__ import annotations

import time
from datetime import datetime, timezone

from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, CallToolResult, Tool

from arp_sdk.errors import ArpConnectionError
from arp_sdk.models import (
    Error,
    Health,
    HealthCheck,
    Status,
    ToolDefinition,
    ToolInvocationRequest,
    ToolInvocationResult,
)
from arp_sdk.server import ServiceError
from arp_sdk.tool_registry.server import ToolRegistryService

from ._connection import Connection
from ._content import as_arp_result, as_arp_tool

# A server that never ends its list.
_MOST_PAGES = 1_000


class McpToolRegistry(ToolRegistryService):
    """An ARP tool registry with the tools of an MCP server.

    `arp_sdk.server.app(McpToolRegistry(connection), auth=..., lifespan=connection.open)` serves it.

    Args:
        connection: The connection to the server.
        timeout: Seconds for a call of a tool; None for no limit.
    """

    def __init__(self, connection: Connection, *, timeout: float | None = 300.0) -> None:
        self._connection = connection
        self._timeout = timeout
        self._tools: dict[str, Tool] = {}

    async def health(self) -> Health:
        """Return `ok` while there is a connection, and `down` with the reason otherwise."""
        problem = self._connection.problem
        status = Status.OK if problem is None else Status.DOWN
        check = HealthCheck(name="mcp_server", status=status, message=problem)
        return Health(status=status, time=datetime.now(timezone.utc), checks=[check])

    async def list_tools(self) -> list[ToolDefinition]:
        """Return the tools as the MCP server lists them now."""
        return [as_arp_tool(tool) for tool in (await self._list()).values()]

    async def get_tool(self, tool_id: str) -> ToolDefinition:
        """Return one tool.

        Raises:
            ServiceError: 404, if there is no such tool; 503, if there is no connection.
        """
        return as_arp_tool(await self._find(tool_id, None))

    async def invoke_tool(self, body: ToolInvocationRequest) -> ToolInvocationResult:
        """Call a tool. It is not called again if the connection is lost.

        Raises:
            ServiceError: 404, if there is no such tool; 503, if there is no connection.
        """
        tool = await self._find(body.tool_id, body.tool_name)
        started = time.monotonic()

        async def call(client: Client) -> CallToolResult:
            return await client.call_tool(tool.name, body.args, self._timeout)

        try:
            result = await self._connection.use(call, again=False)
        except MCPError as error:
            code = "tool.invalid_args" if error.code == INVALID_PARAMS else f"mcp.{error.code}"
            converted = _failed(body, code, error.message)
        except ArpConnectionError as error:
            if not error.sent:
                raise _unavailable(error) from None
            converted = _failed(body, "mcp.connection_lost", str(error))
        except (RuntimeError, ValueError) as error:
            # The library checks the result.
            converted = _failed(body, "mcp.invalid_result", str(error))
        else:
            converted = as_arp_result(body.invocation_id, tool, result)
        converted.duration_ms = round((time.monotonic() - started) * 1000)
        return converted

    async def _find(self, tool_id: str | None, name: str | None) -> Tool:
        for tools in (self._tools, None):
            for tool in (await self._list() if tools is None else tools).values():
                if name in (None, tool.name) and tool_id in (None, f"tool_{tool.name}"):
                    return tool
        raise ServiceError(404, "tool.not_found", f"Unknown tool: {tool_id or name}")

    async def _list(self) -> dict[str, Tool]:
        async def listed(client: Client) -> dict[str, Tool]:
            found: dict[str, Tool] = {}
            cursor: str | None = None
            for _ in range(_MOST_PAGES):
                page = await client.list_tools(cursor=cursor, cache_mode="refresh")
                found.update((tool.name, tool) for tool in page.tools)
                cursor = page.next_cursor
                if not cursor:
                    break
            return found

        try:
            self._tools = await self._connection.use(listed, again=True)
        except ArpConnectionError as error:
            raise _unavailable(error) from None
        except (MCPError, ValueError) as error:
            message = f"The MCP server does not list its tools: {error}"
            raise ServiceError(502, "mcp.invalid_list", message) from None
        return self._tools


def _failed(body: ToolInvocationRequest, code: str, message: str) -> ToolInvocationResult:
    error = Error(code=code, message=message)
    return ToolInvocationResult(invocation_id=body.invocation_id, ok=False, error=error)


def _unavailable(error: ArpConnectionError) -> ServiceError:
    headers = {"Retry-After": "1"}
    return ServiceError(503, "mcp.unavailable", str(error), retryable=True, headers=headers)
