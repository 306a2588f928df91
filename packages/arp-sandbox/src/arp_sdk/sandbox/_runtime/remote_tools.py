from __future__ import annotations

from arp_sdk.models import ToolDefinition, ToolInvocationRequest, ToolInvocationResult
from arp_sdk.sandbox._http.remote_service import RemoteService
from arp_sdk.tool_registry import ToolRegistryClient


class RemoteTools(RemoteService[ToolRegistryClient]):
    """The tools of another registry on this machine."""

    async def list_tools(self) -> list[ToolDefinition]:
        return await self.call(self.client.list_tools)

    async def invoke_tool(self, body: ToolInvocationRequest) -> ToolInvocationResult:
        return await self.call(self.client.invoke_tool, body)
