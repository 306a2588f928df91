#!/usr/bin/env bash
# A decorated asynchronous tool never runs in three agent SDKs, and the model is told that it did.
#
# Versions: mcp 2.3.0, openai-agents 0.24.0, langchain-core 1.8.3, fastmcp 4.2.3, Python 3.11.
# Guess: an `async def` under an ordinary decorator (a plain wrapper that returns the coroutine) works
#   as a tool; otherwise there is an error. An asynchronous generator is refused, or its items are
#   collected.
# Why it is a good guess: such decorators are common (timing, auditing), a coroutine as a result can
#   only mean that it is to be awaited, and fastmcp does so; it also collects the items of generators.
# Actual behavior: mcp, openai-agents and langchain look at the function, not at what it returns. The
#   body never runs, and the result of the tool, marked as a success, is the text
#   "<coroutine object ...>"; of a generator it is "<async_generator object ...>". The only trace is
#   Python's warning that a coroutine was never awaited.
# Output seen (payments made, result of the decorated tool, result of the generator):
#   mcp 0 <coroutine ok <async_generator ok; openai-agents 0 <coroutine ok <async_generator ok;
#   langchain 0 <coroutine ok <async_generator ok; fastmcp 1 paid ok one two ok
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    mcp==2.3.0 openai-agents==0.24.0 langchain-core==1.8.3 fastmcp==4.2.3
"$dir/venv/bin/python" -W ignore - <<'PY'
import asyncio
import functools
import json
import logging

import fastmcp
import mcp
from agents import function_tool
from agents.tool_context import ToolContext
from langchain_core.tools import tool
from mcp.server.mcpserver import MCPServer

logging.disable(logging.CRITICAL)
payments = []


def audited(function):
    @functools.wraps(function)
    def call(*args, **kwargs):
        return function(*args, **kwargs)

    return call


@audited
async def pay(amount: int):
    """Pay an amount."""
    payments.append(amount)
    return "paid"


async def news(amount: int):
    """Read the news."""
    yield "one"
    yield "two"


TOOLS = {"pay": pay, "news": news}


async def by_mcp(name):
    server = MCPServer("server")
    server.tool()(TOOLS[name])
    async with mcp.Client(server) as client:
        result = await client.call_tool(name, {"amount": 1})
        return result.is_error, " ".join(block.text for block in result.content)


async def by_fastmcp(name):
    server = fastmcp.FastMCP("server")
    server.tool(TOOLS[name])
    async with fastmcp.Client(server) as client:
        result = await client.call_tool(name, {"amount": 1})
        return result.is_error, " ".join(block.text for block in result.content)


async def by_openai_agents(name):
    made = function_tool(TOOLS[name])
    arguments = json.dumps({"amount": 1})
    context = ToolContext(
        context=None, tool_name=name, tool_call_id="1", tool_arguments=arguments
    )
    return False, str(await made.on_invoke_tool(context, arguments))


async def by_langchain(name):
    call = {"type": "tool_call", "id": "1", "name": name, "args": {"amount": 1}}
    message = await tool(TOOLS[name]).ainvoke(call)
    return message.status == "error", message.content


def shown(result):
    is_error, text = result
    words = text.strip('"').replace('["one","two"]', "one two")
    start = words.partition(" object")[0]
    return f"{start} {'error' if is_error else 'ok'}"


found = []
for sdk, function in {
    "mcp": by_mcp,
    "openai-agents": by_openai_agents,
    "langchain": by_langchain,
    "fastmcp": by_fastmcp,
}.items():
    payments.clear()
    decorated = shown(asyncio.run(function("pay")))
    generator = shown(asyncio.run(function("news")))
    found.append(f"{sdk} {len(payments)} {decorated} {generator}")
print("; ".join(found))
assert found == [
    "mcp 0 <coroutine ok <async_generator ok",
    "openai-agents 0 <coroutine ok <async_generator ok",
    "langchain 0 <coroutine ok <async_generator ok",
    "fastmcp 1 paid ok one two ok",
]
PY
