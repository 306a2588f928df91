"""The tool registry of the sandbox."""

from __future__ import annotations

import logging
import time
from typing import Any

import msgspec

from arp_sdk.errors import ArpValidationError
from arp_sdk.models import Error, ToolDefinition, ToolInvocationRequest, ToolInvocationResult
from arp_sdk.sandbox._generated import ToolRegistryService
from arp_sdk.sandbox._http.identity import ServiceIdentity
from arp_sdk.sandbox._http.service_error import ServiceError
from arp_sdk.schema import encode_json

from .builtin_tools import builtin_tools
from .tool import Tool, ToolError

_logger = logging.getLogger("arp_sdk.sandbox")


class ToolRegistry(ServiceIdentity, ToolRegistryService):
    """A registry of Python functions."""

    service_name = "arp-sandbox-tool-registry"

    def __init__(self) -> None:
        self._tools: dict[str, Tool] = {}
        for tool in builtin_tools():
            self.add(tool)

    def add(self, tool: Tool) -> None:
        """Add a tool, in place of any other of the same name."""
        self._tools = {**self._tools, tool.definition.tool_id: tool}

    async def list_tools(self) -> list[ToolDefinition]:
        return [tool.definition for tool in self._tools.values()]

    async def get_tool(self, tool_id: str) -> ToolDefinition:
        return self._find(tool_id, None).definition

    async def invoke_tool(self, body: ToolInvocationRequest) -> ToolInvocationResult:
        tool = self._find(body.tool_id, body.tool_name)
        started = time.monotonic()
        result, error = await _invoke(tool, body.args)
        return ToolInvocationResult(
            invocation_id=body.invocation_id,
            ok=error is None,
            result=result,
            error=error,
            duration_ms=round((time.monotonic() - started) * 1000),
        )

    def _find(self, tool_id: str | None, tool_name: str | None) -> Tool:
        """Return the tool with this id and this name; None matches any."""
        for tool in self._tools.values():
            definition = tool.definition
            if tool_id in (None, definition.tool_id) and tool_name in (None, definition.name):
                return tool
        named = {"tool_id": tool_id, "tool_name": tool_name}
        details = {key: value for key, value in named.items() if value is not None}
        raise ServiceError(404, "tool.not_found", "Unknown tool", details=details, retryable=False)


async def _invoke(tool: Tool, args: dict[str, Any]) -> tuple[dict[str, Any] | None, Error | None]:
    try:
        keywords = tool.read(args)
    except msgspec.ValidationError as error:
        return None, _error("tool.invalid_args", f"The arguments do not match the schema: {error}")
    try:
        result = await tool.call(keywords)
        encode_json(result, dict[str, Any])
        return result, None
    except ArpValidationError as error:
        return None, _error("tool.execution_error", f"The result is not JSON: {error}")
    except ToolError as error:
        return None, _error("tool.execution_error", str(error))
    except Exception as error:
        _logger.info("tool %s failed", tool.definition.name, exc_info=True)
        return None, _error("tool.handler_error", f"The tool failed: {error!r}")


def _error(code: str, message: str) -> Error:
    return Error(code=code, message=message, retryable=False)
