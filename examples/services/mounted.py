"""A FastAPI application with a tool registry mounted. Run it: uvicorn mounted:web --port 8000

It needs: pip install "arp-tool-registry[server]" fastapi uvicorn
"""

from __future__ import annotations

from fastapi import FastAPI

from arp_sdk.models import ToolDefinition, ToolInvocationRequest, ToolInvocationResult
from arp_sdk.server import app
from arp_sdk.server.tools import Tools
from arp_sdk.tool_registry.server import ToolRegistryService

orders = {"1": "paid", "2": "shipped"}
tools = Tools()


@tools.tool
def order_state(order_id: str) -> str:
    """Return the state of an order."""
    return orders.get(order_id, "unknown")


class Registry(ToolRegistryService):
    async def list_tools(self) -> list[ToolDefinition]:
        return tools.definitions

    async def get_tool(self, tool_id: str) -> ToolDefinition:
        return tools.definition(tool_id)

    async def invoke_tool(self, body: ToolInvocationRequest) -> ToolInvocationResult:
        return await tools.invoke(body)


web = FastAPI()
web.mount("/arp", app(Registry(), auth=None))  # the base URL is http://127.0.0.1:8000/arp


@web.put("/orders/{order_id}")
async def put_order(order_id: str, state: str) -> dict[str, str]:
    """Set the state of an order, which the tool reads."""
    orders[order_id] = state
    return {"order_id": order_id, "state": state}
