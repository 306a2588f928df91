"""The tools of an MCP server are an ARP tool registry."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mcp_types as types
import pytest
from mcp.server import Server
from mcp.shared.exceptions import MCPError

from arp_sdk.errors import ArpApiError, ArpToolError
from arp_sdk.mcp import Connection, HostServer, McpToolRegistry, RegistryTools
from arp_sdk.mcp._content import CONTENT_KEY, TOOL_KEY, as_arp_result, as_mcp_result
from arp_sdk.models import ToolInvocationRequest
from arp_sdk.server import app
from arp_sdk.tool_registry import AsyncToolRegistryClient
from support.clients import ToolRegistryClient

from .serving import serving_app

UPSTREAM = Path(__file__).with_name("upstream.py")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@contextmanager
def registry_of(log: Path) -> Iterator[str]:
    connection = Connection([sys.executable, str(UPSTREAM), str(log)])
    service = McpToolRegistry(connection)
    with serving_app(app(service, auth=None, lifespan=connection.open)) as url:
        yield url


@pytest.fixture
def url(log: Path) -> Iterator[str]:
    """A registry for a test that changes it."""
    with registry_of(log) as url:
        yield url


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry that no test changes."""
    with registry_of(tmp_path_factory.mktemp("steady") / "log") as url:
        yield url


def wait_for(log: Path, text: str) -> None:
    while not log.exists() or text not in log.read_text(encoding="utf-8"):
        time.sleep(0.02)


def test_definitions_are_mapped(steady: str) -> None:
    with ToolRegistryClient(steady) as registry:
        assert str(registry.health().status) == "ok" or registry.tools()
        tools = registry.tools()
        add = tools["add"]
        assert registry.get_tool("tool_add") == add
        with pytest.raises(ArpApiError, match="Unknown tool"):
            registry.get_tool("tool_nil")
    assert (add.tool_id, add.description, str(add.source)) == ("tool_add", "Add.", "remote")
    assert add.input_schema["properties"]["b"]["minimum"] == 0
    assert add.output_schema is not None and add.output_schema["type"] == "object"
    kept: Any = (add.extensions or {})[TOOL_KEY]
    assert (kept["title"], kept["annotations"]) == ("Add numbers", {"readOnlyHint": True})


def test_results_are_mapped(steady: str) -> None:
    def result(name: str) -> Any:
        request = ToolInvocationRequest(invocation_id="i", tool_name=name, args={})
        found = registry.invoke_tool(request)
        found.validate()
        assert found.duration_ms is not None
        return found

    with ToolRegistryClient(steady) as registry:
        assert registry.invoke("add", {"a": 1, "b": 2}) == {"sum": 3}
        assert registry.invoke("tool_add", {"a": 1}) == {"sum": 1}
        several = result("several").result
        assert several == {"result": [1, 2]}
        registry.validate("add", {"a": 1})
        assert result("bare").result == {"text": ""}
        picture = result("picture")
        blocks = (picture.extensions or {}).get(CONTENT_KEY) or picture.result["content"]
        assert [each["type"] for each in blocks] == ["text", "image", "resource", "text"]
        assert blocks[1]["data"] == "aGk="
        with pytest.raises(ArpToolError, match=r"tool.execution_error: out of ink"):
            registry.invoke("failing")
        with pytest.raises(ArpToolError):
            registry.invoke("add", {"a": "x"})


def test_a_list_that_changes_is_followed(url: str) -> None:
    with ToolRegistryClient(url) as registry:
        before = registry.tools()
        registry.invoke("grow")
        assert {*registry.tools()} - {*before} == {"grown"}
        assert registry.invoke("grown") == {"result": "new"}


def test_a_lost_connection_is_made_again(url: str, log: Path) -> None:
    with ToolRegistryClient(url) as registry:
        with pytest.raises(ArpToolError, match="connection to the MCP server was lost"):
            registry.invoke("die")
        # The list may be asked for again, and waits for the connection.
        assert "add" in registry.tools()
        assert registry.invoke("add", {"a": 1, "b": 2}) == {"sum": 3}
        assert str(registry.health().status) == "ok"
    assert len({*log.read_text(encoding="utf-8").splitlines()}) == 2


@pytest.mark.threads_only("no client")
def test_a_server_may_break_the_rules() -> None:
    """One tool that MCP does not allow is repaired, and does not cost the others."""
    server = UPSTREAM.with_name("rule_breaker.py")
    connection = Connection([sys.executable, str(server)])
    service = app(McpToolRegistry(connection), auth=None, lifespan=connection.open)
    with serving_app(service) as url, ToolRegistryClient(url) as registry:
        tools = registry.tools()
        assert len(tools) == 13
        assert {str(tool.input_schema["type"]) for tool in tools.values()} == {"object"}
        assert tools["array"].output_schema is None
        assert tools["no_type"].input_schema["properties"] == {"a": {"type": "string"}}
        for name, tool in tools.items():
            assert registry.get_tool(tool.tool_id) == tool
            response = registry.dispatch({"name": tool.to_mcp()["name"], "arguments": {}})
            # The library knows no such content, and cannot check the result of the other one.
            assert response["isError"] == (name in ("hologram", "itself")), name
        assert len(registry.invoke("huge")["text"]) == 20_000_000
        assert registry.invoke("good") == {"text": "good"}


@pytest.mark.threads_only("a task is cancelled")
def test_a_caller_that_leaves_cancels_the_call(url: str, log: Path) -> None:
    async def leave() -> None:
        async with AsyncToolRegistryClient(url) as registry:
            call = asyncio.ensure_future(registry.invoke("slow"))
            await asyncio.to_thread(wait_for, log, "started")
            call.cancel()
            await asyncio.wait([call])

    asyncio.run(leave())
    wait_for(log, "cancelled")


@pytest.mark.threads_only("no client")
@pytest.mark.parametrize(
    ("target", "reason"),
    [(["/nowhere/to/be/found"], "FileNotFoundError"), ("http://127.0.0.1:9/mcp", "connect")],
    ids=["command", "url"],
)
def test_without_a_server_the_registry_is_down(target: Any, reason: str) -> None:
    connection = Connection(target, token="s3cr3t", patience=0.2)
    assert "s3cr3t" not in repr(connection)
    service = McpToolRegistry(connection)
    with serving_app(app(service, auth=None, lifespan=connection.open)) as url:
        with ToolRegistryClient(url, retries=0) as registry:
            with pytest.raises(ArpApiError, match="no connection to the MCP server") as caught:
                registry.tools()
            assert (caught.value.status_code, caught.value.retryable) == (503, True)
            health = registry.health()
    assert str(health.status) == "down"
    assert reason.lower() in str((health.checks or [])[0].message).lower()


@pytest.mark.threads_only("both ends are asynchronous")
def test_a_tool_that_goes_to_mcp_and_back_is_the_same(steady: str) -> None:
    from mcp import Client

    async def both() -> None:
        server = HostServer([RegistryTools(AsyncToolRegistryClient(steady))])
        async with Client(server) as through:
            listed = {tool.name: tool for tool in (await through.list_tools()).tools}
            picture = await through.call_tool("picture", {})
            add = await through.call_tool("add", {"a": 1, "b": 2})
        await server.close()
        assert listed["add"].title == "Add numbers"
        assert listed["add"].annotations is not None
        assert listed["add"].annotations.read_only_hint is True
        assert [block.type for block in picture.content] == ["text", "image", "resource", "text"]
        assert add.structured_content == {"sum": 3}

    asyncio.run(both())


LINK = {"type": "resource_link", "name": "n", "uri": "file:///n"}
IMAGE = {"type": "image", "data": "aGk=", "mimeType": "image/png"}
TEXTS = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]


@pytest.mark.threads_only("no client")
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"content": TEXTS}, {"ok": True, "result": {"text": "a\nb"}}),
        (
            {"content": [*TEXTS, IMAGE, LINK]},
            {"ok": True, "result": {"text": "a\nb", "content": [*TEXTS, IMAGE, LINK]}},
        ),
        ({"content": [IMAGE]}, {"ok": True, "result": {"content": [IMAGE]}}),
        ({"content": TEXTS, "structuredContent": {"a": 1}}, {"ok": True, "result": {"a": 1}}),
        ({"content": [], "structuredContent": [1]}, {"ok": True, "result": {"value": [1]}}),
        ({"content": [], "structuredContent": None}, {"ok": True, "result": {"value": None}}),
        (
            {"content": [LINK], "structuredContent": {"a": 1}},
            {"ok": True, "result": {"a": 1}, "extensions": {CONTENT_KEY: [LINK]}},
        ),
        (
            {"content": TEXTS, "isError": True},
            {"ok": False, "error": {"code": "tool.execution_error", "message": "a\nb"}},
        ),
        (
            {"content": [IMAGE], "isError": True},
            {
                "ok": False,
                "error": {
                    "code": "tool.execution_error",
                    "message": "the tool failed",
                    "details": {"content": [IMAGE]},
                },
            },
        ),
    ],
)
def test_each_kind_of_result_is_mapped(given: dict[str, Any], expected: dict[str, Any]) -> None:
    tool = types.Tool(name="t", input_schema={"type": "object"})
    read = types.CallToolResult.model_validate(given, by_name=False)
    result = as_arp_result("i", tool, read)
    result.validate()
    assert result.to_dict() == {"invocation_id": "i", **expected}
    back = as_mcp_result(result).model_dump(mode="json", by_alias=True, exclude_none=True)
    assert back["isError"] == given.get("isError", False)
    if IMAGE in given["content"] and result.ok:
        assert back["content"] == given["content"]


@pytest.mark.threads_only("no client")
def test_errors_of_the_protocol_and_values_that_are_no_objects() -> None:
    schema = {"type": "array", "items": {"$ref": "#/$defs/n"}, "$defs": {"n": {"type": "integer"}}}
    tool = types.Tool(name="t", input_schema={"type": "object"}, output_schema=schema)

    async def list_tools(context: Any, params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[tool])

    async def call_tool(context: Any, params: types.CallToolRequestParams) -> Any:
        arguments = params.arguments or {}
        if "code" in arguments:
            raise MCPError(code=arguments["code"], message="no")
        return types.CallToolResult(content=[], structured_content=arguments["value"])

    async def call(**arguments: Any) -> Any:
        request = ToolInvocationRequest(invocation_id="i", tool_id="tool_t", args=arguments)
        return await registry.invoke_tool(request)

    async def check() -> None:
        async with connection.open():
            (definition,) = await registry.list_tools()
            assert definition.output_schema == {
                "type": "object",
                "properties": {"value": {"type": "array", "items": {"$ref": "#/$defs/n"}}},
                "required": ["value"],
                "$defs": {"n": {"type": "integer"}},
            }
            good = await call(value=[1, 2])
            assert good.result == {"value": [1, 2]}
            codes = [(await call(code=code)).error.code for code in (-32602, -32603)]
            assert codes == ["tool.invalid_args", "mcp.-32603"]
            assert (await call(value=["x"])).error.code == "mcp.invalid_result"

    connection = Connection(Server("s", on_list_tools=list_tools, on_call_tool=call_tool))
    registry = McpToolRegistry(connection)
    asyncio.run(check())


@pytest.mark.skipif(os.name == "nt", reason="asks for a process by a signal: run on Linux or macOS")
def test_a_server_that_never_responds_is_stopped(tmp_path: Path) -> None:
    """Its process ends with the connection, which waits for that."""
    log = tmp_path / "log"
    program = f"""if True:
        import os, pathlib, time
        pathlib.Path({str(log)!r}).write_text(f"{{os.getpid()}}.", encoding="utf-8")
        time.sleep(3600)"""

    async def main() -> None:
        async with Connection([sys.executable, "-c", program]).open():
            await asyncio.to_thread(wait_for, log, ".")

    asyncio.run(main())
    process = int(log.read_text(encoding="utf-8").strip("."))
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
