"""Software written by others works with the bridges to MCP."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from arp_sdk.errors import ArpToolError
from arp_sdk.mcp import Connection, HostServer, McpToolRegistry, RegistryTools, http_app
from arp_sdk.sandbox import Sandbox
from arp_sdk.server import app
from arp_sdk.tool_registry import AsyncToolRegistryClient, ToolRegistryClient
from support.server import Received, Reply, Server, json_reply

from .node_software import installed, node, read
from .schemas import PERSON, SCHEMAS, TOOLS, tool
from .serving import serving_app
from .test_hosts import OddRegistry

pytestmark = [pytest.mark.full, pytest.mark.threads_only("MCP is asynchronous")]
NEEDS = "needs the group `bridges`: hatch run sync"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def serve(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "arp_sdk.mcp", "serve", *arguments]


def test_the_typescript_sdk_accepts_every_tool(server: Server) -> None:
    service = OddRegistry()
    server.plan(service)
    names = [f"schema.{key}" for key in SCHEMAS]
    steps: list[list[Any]] = [["list", None]]
    steps += [["call", {"name": name, "arguments": {}}] for name in names]
    listed, *results = read(steps, *serve("--tool-registry", server.url))
    assert isinstance(listed, list), listed
    assert len(listed) == len({each.name for each in TOOLS})
    assert [each for each in results if "content" not in each] == []


@pytest.mark.parametrize("service", ["daemon", "runtime"])
def test_the_typescript_sdk_runs_agents(box: Sandbox, service: str) -> None:
    goal = {"name": "run", "arguments": {"goal": "What is (19*23)?"}}
    unknown = ["call", {"name": "nil"}]
    # The first call is a task, although the tools have not been listed yet.
    steps = [["task", goal], ["cancelTask", goal], ["call", goal], unknown, ["capabilities", {}]]
    url = box.daemon_url if service == "daemon" else box.runtime_url
    task, canceled, called, refused, capabilities = read(steps, *serve(f"--{service}", url))
    assert capabilities["tasks"] == {"cancel": {}, "requests": {"tools": {"call": {}}}}
    assert called["structuredContent"]["output"] == {"final_text": "19*23 = 437.0"}
    assert called["progress"] != []
    assert task["seen"][0] == "taskCreated"
    assert task["seen"][-2:] == ["completed", "result"]
    assert task["result"]["content"] == [{"type": "text", "text": "19*23 = 437.0"}]
    assert canceled == ["cancelled", "cancelled"]
    assert refused["code"] == -32602


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_the_typescript_sdk_learns_that_the_list_has_changed(
    server: Server, transport: str
) -> None:
    """The registry has one tool until the second time after the client has listed it."""

    def reply(request: Received) -> Reply:
        names = ["one"] if len(server.requests) < 4 else ["one", "two"]
        return json_reply([tool(PERSON, each).to_dict() for each in names])

    server.plan(reply)
    steps: list[list[Any]] = [["list", None], ["changed", None]]
    if transport == "stdio":
        listed, names = read(steps, *serve("--tool-registry", server.url, "--poll=0.2"))
    else:
        registry = RegistryTools(AsyncToolRegistryClient(server.url))
        with serving_app(http_app(HostServer([registry], poll=0.2))) as url:
            listed, names = read(steps, f"{url}/mcp")
    assert len(listed) == 1
    assert names == ["one", "two"]


def test_the_typescript_sdk_connects_over_http(box: Sandbox) -> None:
    server = HostServer([RegistryTools(AsyncToolRegistryClient(box.tool_registry_url))])
    call = ["call", {"name": "calc", "arguments": {"expression": "19*23"}}]
    with serving_app(http_app(server)) as url:
        listed, called = read([["list", None], call], f"{url}/mcp")
    assert "calc" in [each["name"] for each in listed]
    assert called["structuredContent"]["value"] == 437


def registry_of(*command: str) -> Any:
    connection = Connection(command, environment=dict(os.environ))
    return serving_app(app(McpToolRegistry(connection), auth=None, lifespan=connection.open))


def test_the_reference_server_is_a_registry() -> None:
    script = installed() / "node_modules/@modelcontextprotocol/server-everything/dist/index.js"
    with registry_of(node(), str(script), "stdio") as url, ToolRegistryClient(url) as registry:
        tools = registry.tools()
        assert {"echo", "get-sum", "get-tiny-image"} <= {*tools}
        for tool in tools.values():
            assert tool.to_openai()["function"]["name"] == tool.name
            tool.to_mcp()
        assert registry.invoke("echo", {"message": "hi"}) == {"text": "Echo: hi"}
        assert "5" in registry.invoke("get-sum", {"a": 2, "b": 3})["text"]
        image = registry.invoke("get-tiny-image")["content"]
        assert [each["type"] for each in image] == ["text", "image", "text"]
        links = registry.invoke("get-resource-links", {"count": 2})["content"]
        assert [each["type"] for each in links] == ["text", "resource_link", "resource_link"]
        weather = registry.invoke("get-structured-content", {"location": "Chicago"})
        assert weather.keys() == {"temperature", "conditions", "humidity"}
        with pytest.raises(ArpToolError, match=r"tool\.execution_error"):
            registry.invoke("get-sum", {"a": "x"})


def test_the_memory_server_is_a_registry(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMORY_FILE_PATH", str(tmp_path / "memory.jsonl"))
    script = installed() / "node_modules/@modelcontextprotocol/server-memory/dist/index.js"
    with registry_of(node(), str(script)) as url, ToolRegistryClient(url) as registry:
        ada = {"name": "Ada", "entityType": "person", "observations": ["programs"]}
        registry.invoke("create_entities", {"entities": [ada]})
        found = registry.invoke("search_nodes", {"query": "Ada"})
    assert found["entities"] == [ada]


def test_the_agents_sdk_is_a_host(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function in place of a model calls `calc`, and repeats what it returned."""
    pytest.importorskip("agents", reason=NEEDS)
    monkeypatch.setenv("OPENAI_AGENTS_DISABLE_TRACING", "1")
    from agents import Agent, Runner
    from agents.mcp import MCPServerStdio

    from .agent_model import Caller

    command, *arguments = serve("--tool-registry", box.tool_registry_url)

    async def run() -> Any:
        async with MCPServerStdio(
            params={"command": command, "args": arguments}, client_session_timeout_seconds=60
        ) as server:
            model = Caller("calc", '{"expression": "19*23"}')
            agent = Agent("a", model=model, mcp_servers=[server])
            return (await Runner.run(agent, "What is 19*23?")).final_output

    assert "437" in asyncio.run(run())


def test_pydantic_ai_is_a_host(box: Sandbox) -> None:
    pytest.importorskip("pydantic_ai", reason=NEEDS)
    from fastmcp.client.transports import StdioTransport
    from pydantic_ai import Agent
    from pydantic_ai.mcp import MCPToolset
    from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart, ToolReturnPart
    from pydantic_ai.models.function import FunctionModel

    def model(messages: list[Any], info: Any) -> ModelResponse:
        for part in messages[-1].parts:
            if isinstance(part, ToolReturnPart):
                return ModelResponse(parts=[TextPart(json.dumps(part.content))])
        assert "calc" in [tool.name for tool in info.function_tools]
        return ModelResponse(parts=[ToolCallPart("calc", {"expression": "19*23"})])

    command, *arguments = serve("--tool-registry", box.tool_registry_url)
    toolset: Any = MCPToolset(StdioTransport(command=command, args=arguments))
    agent: Any = Agent(FunctionModel(model), toolsets=[toolset])

    async def run() -> Any:
        async with agent:
            return (await agent.run("What is 19*23?")).output

    assert json.loads(asyncio.run(run()))["value"] == 437
