"""The Tool Registry of the sandbox."""

from __future__ import annotations

import logging
import time
from typing import Any

import msgspec

from arp_sdk.errors import ArpValidationError
from arp_sdk.models import (
    Error,
    Health,
    ToolDefinition,
    ToolInvocationRequest,
    ToolInvocationResult,
    VersionInfo,
)
from arp_sdk.sandbox._generated import ToolRegistryService
from arp_sdk.sandbox._http.identity import healthy, version_of
from arp_sdk.sandbox._http.service_error import ServiceError
from arp_sdk.schema import encode_json

from .tool import Tool, ToolError

_logger = logging.getLogger("arp_sdk.sandbox")


class ToolRegistry(ToolRegistryService):
    """Lists Python functions, and calls them."""

    def __init__(self) -> None:
        self._tools: dict[str, Tool] = {}

    def add(self, tool: Tool) -> None:
        """Add a tool, or replace the one of the same name."""
        self._tools = {**self._tools, tool.definition.tool_id: tool}

    async def health(self) -> Health:
        return healthy()

    async def version(self) -> VersionInfo:
        return version_of("tool-registry")

    async def list_tools(self) -> list[ToolDefinition]:
        return [tool.definition for tool in self._tools.values()]

    async def get_tool(self, tool_id: str) -> ToolDefinition:
        tool = self._tools.get(tool_id)
        if tool is None:
            raise _unknown(tool_id=tool_id)
        return tool.definition

    async def invoke_tool(self, body: ToolInvocationRequest) -> ToolInvocationResult:
        tool = self._find(body.tool_id, body.tool_name)
        started = time.monotonic()
        result, error = await _outcome(tool, body.args)
        return ToolInvocationResult(
            invocation_id=body.invocation_id,
            ok=error is None,
            result=result,
            error=error,
            duration_ms=round((time.monotonic() - started) * 1000),
        )

    def _find(self, tool_id: str | None, tool_name: str | None) -> Tool:
        """The tool that an invocation names; where it gives both, they have to agree."""
        for tool in self._tools.values():
            definition = tool.definition
            if tool_id in (None, definition.tool_id) and tool_name in (None, definition.name):
                return tool
        named = {"tool_id": tool_id, "tool_name": tool_name}
        raise _unknown(**{key: value for key, value in named.items() if value is not None})


def _unknown(**named: str) -> ServiceError:
    return ServiceError(404, "tool.not_found", "Unknown tool", details=named, retryable=False)


async def _outcome(tool: Tool, args: dict[str, Any]) -> tuple[dict[str, Any] | None, Error | None]:
    try:
        keywords = tool.read(args)
    except msgspec.ValidationError as error:
        return None, _error("tool.invalid_args", f"The arguments do not fit the tool: {error}")
    try:
        result = await tool.call(keywords)
        encode_json(result, dict[str, Any])
        return result, None
    except ArpValidationError as error:
        return None, _error("tool.execution_error", f"The result is no JSON: {error}")
    except ToolError as error:
        return None, _error("tool.execution_error", str(error))
    except Exception as error:
        _logger.info("the tool %s has failed", tool.definition.name, exc_info=True)
        return None, _error("tool.handler_error", f"The tool has failed: {error!r}")


def _error(code: str, message: str) -> Error:
    return Error(code=code, message=message, retryable=False)
