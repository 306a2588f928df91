"""A tool registry made of three functions. Run it: uvicorn registry:application --port 8002

It needs: pip install "arp-tool-registry[server]" uvicorn
"""

from __future__ import annotations

import os
import statistics
from collections import Counter

from arp_sdk.models import ToolDefinition, ToolInvocationRequest, ToolInvocationResult
from arp_sdk.server import BearerTokens, app
from arp_sdk.server.tools import ToolError, Tools
from arp_sdk.tool_registry.server import ToolRegistryService

tools = Tools()


@tools.tool
def count_words(text: str) -> dict[str, int]:
    """Count how often each word occurs in a text."""
    return dict(Counter(text.lower().split()))


@tools.tool
def mean(numbers: list[float]) -> float:
    """Return the arithmetic mean of numbers."""
    if not numbers:
        raise ToolError("there is no mean of no numbers")
    return statistics.fmean(numbers)


@tools.tool
def shout(text: str, times: int = 1) -> str:
    """Return a text in upper case."""
    return text.upper() + "!" * times


class Registry(ToolRegistryService):
    async def list_tools(self) -> list[ToolDefinition]:
        return tools.definitions

    async def get_tool(self, tool_id: str) -> ToolDefinition:
        return tools.definition(tool_id)

    async def invoke_tool(self, body: ToolInvocationRequest) -> ToolInvocationResult:
        return await tools.invoke(body)


token = os.environ.get("ARP_TOKEN")
application = app(Registry(), auth=BearerTokens(token) if token else None)
