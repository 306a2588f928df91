#!/usr/bin/env bash
# Of two tools with the same name, mcp keeps the first, and three other libraries the second.
#
# Versions: mcp 2.3.0, fastmcp 4.2.3, openai-agents 0.24.0, langgraph 1.2.24, pydantic-ai-slim 2.68.0,
#   Python 3.11.
# Guess: two functions with the same name are an error when they are registered, as in pydantic-ai, or
#   the model is offered both.
# Why it is a good guess: a model calls tools by name, so one of the two can never be called; functions
#   called `search` come from several modules; openai-agents does refuse equal names of two MCP servers.
# Actual behavior: nothing is raised. mcp keeps the first function, fastmcp, which is built on it, the
#   second, and so do an Agent of openai-agents and the ToolNode of langgraph. The same two modules
#   behave differently in each. The servers of MCP write a warning to the log.
# Output seen: mcp first, fastmcp second, openai-agents second, langgraph second, pydantic-ai UserError
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check mcp==2.3.0 fastmcp==4.2.3 \
    openai-agents==0.24.0 langgraph==1.2.24 pydantic-ai-slim==2.68.0
"$dir/venv/bin/python" -W ignore - <<'PY'
import asyncio
import logging

import fastmcp
import mcp
from agents import Agent, MaxTurnsExceeded, Model, RunConfig, Runner, function_tool
from agents.tool_context import ToolContext
from langchain_core.tools import tool
from langgraph.prebuilt import ToolNode
from mcp.server.mcpserver import MCPServer
from pydantic_ai import Agent as PydanticAgent

logging.disable(logging.CRITICAL)


def search_in(place):
    def search(query: str) -> str:
        """Search."""
        return place

    return search


FUNCTIONS = [search_in("first"), search_in("second")]
ARGUMENTS = {"query": "x"}


async def by_mcp():
    server = MCPServer("server")
    for function in FUNCTIONS:
        server.tool()(function)
    async with mcp.Client(server) as client:
        assert len((await client.list_tools()).tools) == 1
        return (await client.call_tool("search", ARGUMENTS)).content[0].text


async def by_fastmcp():
    server = fastmcp.FastMCP("server")
    for function in FUNCTIONS:
        server.tool(function)
    async with fastmcp.Client(server) as client:
        assert len(await client.list_tools()) == 1
        return (await client.call_tool("search", ARGUMENTS)).content[0].text


class FakeModel(Model):
    """A model that only looks at the tools that it is offered."""

    async def get_response(self, *args, **kwargs):
        (self.offered,) = kwargs["tools"] if "tools" in kwargs else args[3]
        raise MaxTurnsExceeded("the tools have been seen")

    async def stream_response(self, *args, **kwargs):
        yield


async def by_openai_agents():
    model = FakeModel()
    agent = Agent(name="agent", model=model, tools=[function_tool(each) for each in FUNCTIONS])
    try:
        await Runner.run(agent, "search", run_config=RunConfig(tracing_disabled=True))
    except MaxTurnsExceeded:
        pass
    text = '{"query": "x"}'
    context = ToolContext(context=None, tool_name="search", tool_call_id="1", tool_arguments=text)
    return await model.offered.on_invoke_tool(context, text)


async def by_langgraph():
    (offered,) = ToolNode([tool(each) for each in FUNCTIONS]).tools_by_name.values()
    return offered.invoke(ARGUMENTS)


async def by_pydantic_ai():
    try:
        PydanticAgent("test", tools=FUNCTIONS)
    except Exception as error:
        return type(error).__name__


found = {
    "mcp": asyncio.run(by_mcp()),
    "fastmcp": asyncio.run(by_fastmcp()),
    "openai-agents": asyncio.run(by_openai_agents()),
    "langgraph": asyncio.run(by_langgraph()),
    "pydantic-ai": asyncio.run(by_pydantic_ai()),
}
print(", ".join(f"{name} {kept}" for name, kept in found.items()))
assert list(found.values()) == ["first", "second", "second", "second", "UserError"]
PY
