"""Every method of the tool registry's client, as a program uses them."""

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

from arp_sdk.core import RawResponse
from arp_sdk.models import (
    Error,
    Health,
    ResourceRef,
    ToolDefinition,
    ToolInvocationRequest,
    ToolInvocationResult,
    ToolSource,
    VersionInfo,
)
from arp_sdk.tool_registry import RawToolRegistryClient, ToolRegistryClient


def tools(client: ToolRegistryClient) -> dict[str, ToolDefinition]:
    found = client.list_tools()
    assert_type(found, list[ToolDefinition])
    return {tool.tool_id: tool for tool in found if tool.source is ToolSource.REGISTRY_LOCAL}


def describe(client: ToolRegistryClient, tool_id: str) -> str:
    tool = client.get_tool(tool_id)
    assert_type(tool, ToolDefinition)
    assert_type(tool.input_schema, dict[str, Any])
    assert_type(tool.output_schema, dict[str, Any] | None)
    return tool.description or tool.name


def add(client: ToolRegistryClient) -> int:
    result = client.invoke_tool(
        ToolInvocationRequest(
            invocation_id="invocation-1",
            tool_id="calc",
            args={"expression": "1 + 1"},
            caller=ResourceRef(type="run", id="run-1"),
        )
    )
    assert_type(result, ToolInvocationResult)
    assert_type(result.error, Error | None)
    assert_type(result.duration_ms, int | None)
    if not result.ok or result.result is None:
        raise RuntimeError(result.error.message if result.error else "no result")
    return int(result.result["value"])


def raw(client: ToolRegistryClient) -> None:
    assert_type(client.raw, RawToolRegistryClient)
    request = ToolInvocationRequest(invocation_id="invocation-2", tool_name="calc", args={})
    assert_type(client.raw.health(), RawResponse[Health])
    assert_type(client.raw.version(), RawResponse[VersionInfo])
    assert_type(client.raw.list_tools(), RawResponse[list[ToolDefinition]])
    assert_type(client.raw.get_tool("calc"), RawResponse[ToolDefinition])
    assert_type(client.raw.invoke_tool(request), RawResponse[ToolInvocationResult])


def main() -> None:
    client = ToolRegistryClient()
    try:
        assert_type(client.health(), Health)
        assert_type(client.version(), VersionInfo)
        for tool_id in tools(client):
            describe(client, tool_id)
        add(client)
        raw(client)
    finally:
        client.close()


if __name__ == "__main__":
    main()
