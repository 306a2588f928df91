"""The tool registry of the sandbox."""

from __future__ import annotations

from arp_sdk.models import ToolDefinition, ToolInvocationRequest, ToolInvocationResult
from arp_sdk.server.tools import Tools
from arp_sdk.tool_registry.server import ToolRegistryService

from .builtin_tools import add_builtin_tools


class ToolRegistry(ToolRegistryService):
    """A registry of Python functions."""

    def __init__(self) -> None:
        self.tools = Tools()
        add_builtin_tools(self.tools)

    async def list_tools(self) -> list[ToolDefinition]:
        return self.tools.definitions

    async def get_tool(self, tool_id: str) -> ToolDefinition:
        return self.tools.definition(tool_id)

    async def invoke_tool(self, body: ToolInvocationRequest) -> ToolInvocationResult:
        return await self.tools.invoke(body)
