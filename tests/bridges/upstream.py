"""An MCP server for tests of registries: `python upstream.py FILE` notes in FILE what happens."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import anyio
import mcp_types as types
from mcp.server.mcpserver import MCPServer
from pydantic import Field

LOG = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(os.devnull)
server = MCPServer("upstream")


def note(text: str) -> None:
    with LOG.open("a", encoding="utf-8") as file:
        file.write(f"{text}\n")


@server.tool(annotations=types.ToolAnnotations(read_only_hint=True), title="Add numbers")
def add(a: int, b: Annotated[int, Field(ge=0)] = 0) -> dict[str, int]:
    """Add."""
    return {"sum": a + b}


@server.tool()
def several() -> list[int]:
    return [1, 2]


@server.tool()
def picture() -> list[Any]:
    image = types.ImageContent(data="aGk=", mime_type="image/png")
    text = types.TextResourceContents(uri="note://1", text="noted")
    return ["a", image, types.EmbeddedResource(resource=text), "b"]


@server.tool()
def bare() -> types.CallToolResult:
    return types.CallToolResult(content=[])


@server.tool()
def failing() -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(text="out of ink")], is_error=True)


@server.tool()
async def grow() -> str:
    @server.tool(name="grown")
    def grown() -> str:
        return "new"

    return "ok"


@server.tool()
async def slow() -> str:
    note("started")
    try:
        await anyio.sleep(600)
    except anyio.get_cancelled_exc_class():
        note("cancelled")
        raise
    return "done"


@server.tool()
def die() -> str:
    os._exit(3)


if __name__ == "__main__":
    note(f"pid {os.getpid()}")
    server.run("stdio")
