"""An MCP host uses the tools of an ARP registry, and runs, in both eras of the protocol."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import mcp_types as types
import pytest
import requests
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError

from arp_sdk.daemon import AsyncDaemonClient
from arp_sdk.errors import ArpConfigError
from arp_sdk.mcp import HostServer, RegistryTools, RunTools, Source, http_app, snippet
from arp_sdk.mcp._command_line import main
from arp_sdk.runtime import AsyncRuntimeClient
from arp_sdk.sandbox import Fail, Gate, Sandbox, Say, Wait
from arp_sdk.tool_registry import AsyncToolRegistryClient, ToolRegistryClient
from support.server import Received, Reply, Server, free_port, json_reply

from .schemas import PERSON, TOOLS, tool
from .serving import serving_app

pytestmark = pytest.mark.threads_only("MCP is asynchronous")
ERAS = pytest.mark.parametrize("era", ["legacy", "auto"], ids=["2025-11-25", "2026-07-28"])
VERSIONS = {"legacy": "2025-11-25", "auto": "2026-07-28"}


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@asynccontextmanager
async def connected(era: str, *sources: Source) -> AsyncIterator[Client]:
    server = HostServer(sources)
    try:
        async with Client(server, mode=era) as client:
            assert client.protocol_version == VERSIONS[era]
            yield client
    finally:
        await server.close()


def registry_tools(url: str) -> RegistryTools:
    return RegistryTools(AsyncToolRegistryClient(url, retries=0))


def text(result: types.CallToolResult) -> str:
    (block,) = result.content
    assert isinstance(block, types.TextContent)
    return block.text


class OddRegistry:
    """A registry of all odd tools, with the results that their names ask for."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {"ok": True}
        self.reply: Reply | None = None
        self.invoked: list[str] = []

    def __call__(self, request: Received) -> Reply:
        if self.reply is not None:
            return self.reply
        if request.method == "GET":
            return json_reply([each.to_dict() for each in TOOLS])
        self.invoked.append(request.json["tool_id"])
        return json_reply({"invocation_id": request.json["invocation_id"], **self.answers})


@ERAS
def test_every_tool_is_listed_and_called(server: Server, era: str) -> None:
    service = OddRegistry()
    server.plan(service)

    async def check() -> None:
        async with connected(era, registry_tools(server.url)) as client:
            listed = (await client.list_tools()).tools
            for tool in listed:
                await client.call_tool(tool.name, {})
        assert len(listed) == len({tool.name for tool in listed}) == len(service.invoked)

    asyncio.run(check())
    assert {*service.invoked} == {
        each.tool_id for each in {each.name: each for each in TOOLS}.values()
    }


@ERAS
def test_results_are_structured_and_text_and_failures_are_results(server: Server, era: str) -> None:
    service = OddRegistry()
    server.plan(service)

    async def check(client: Client) -> None:
        async def call(name: str, **answers: Any) -> types.CallToolResult:
            service.answers = answers
            return await client.call_tool(name, {})

        good = await call("tool", ok=True, result={"a": [1]})
        assert (good.structured_content, good.is_error) == ({"a": [1]}, False)
        assert json.loads(text(good)) == {"a": [1]}
        nothing = await call("tool", ok=True)
        assert (nothing.structured_content, text(nothing)) == ({}, "{}")
        error = {"code": "ink", "message": "empty", "retryable": False, "details": {"tray": 2}}
        bad = await call("tool", ok=False, error=error)
        assert (bad.is_error, text(bad)) == (True, 'ink: empty {"tray":2}')
        assert (await call("tool", ok=False)).is_error
        # Clients would drop a result that does not fit: the model gets it all the same.
        other = await call("schema.person", ok=True, result={"name": 7})
        assert other.is_error
        assert '{"name":7}' in text(other)
        # Neither can they check these, whose schemas refer to themselves.
        deep: dict[str, Any] = {}
        for _ in range(400):
            deep = {"value": "v", "children": [deep]}
        for name, value in (("schema.tree", deep), ("schema.itself", {"a": 1})):
            unchecked = await call(name, ok=True, result=value)
            assert unchecked.is_error
            assert "refers to itself" in text(unchecked)
        assert not (await call("schema.unevaluated", ok=True, result={"a": 1})).is_error
        with pytest.raises(MCPError, match="Unknown tool: nil") as caught:
            await client.call_tool("nil", {})
        assert caught.value.error.code == types.INVALID_PARAMS
        service.reply = json_reply({"error": {"code": "busy", "message": "later"}}, status=503)
        failed = await client.call_tool("tool", {})
        assert (failed.is_error, text(failed)) == (True, "busy: later")

    async def connect() -> None:
        async with connected(era, registry_tools(server.url)) as client:
            await check(client)

    asyncio.run(connect())


def runs(box: Sandbox, service: str) -> RunTools:
    if service == "daemon":
        return RunTools(AsyncDaemonClient(box.daemon_url))
    return RunTools(AsyncRuntimeClient(box.runtime_url))


SERVICES = pytest.mark.parametrize("service", ["daemon", "runtime"])


@ERAS
@SERVICES
def test_a_run_is_a_call_with_progress(box: Sandbox, era: str, service: str) -> None:
    async def check() -> None:
        seen: list[tuple[float, str | None]] = []

        async def note(progress: float, total: float | None, message: str | None) -> None:
            seen.append((progress, message))

        async with connected(era, runs(box, service)) as client:
            goal = {"goal": "What is (19*23)?"}
            result = await client.call_tool("run", goal, progress_callback=note)
            assert text(result) == "19*23 = 437.0"
            assert result.structured_content["output"] == {"final_text": "19*23 = 437.0"}
            numbers = [number for number, _ in seen]
            assert numbers == sorted({*numbers})
            messages = " ".join(str(message) for _, message in seen)
            expected = "tool_call" if service == "runtime" else "succeeded"
            assert expected in messages
            started = await client.call_tool("start_run", goal)
            run_id = started.structured_content["run_id"]
            found = started
            while found.structured_content["state"] != "succeeded":
                found = await client.call_tool("get_run", {"run_id": run_id})
            assert text(found) == "19*23 = 437.0"
            assert (await client.call_tool("run", {"goal": 5})).is_error
            assert (await client.call_tool("get_run", {"run_id": "nil"})).is_error

    asyncio.run(check())


@ERAS
@SERVICES
@pytest.mark.parametrize("way", ["leave", "tool"])
def test_cancellation_reaches_the_run(box: Sandbox, era: str, service: str, way: str) -> None:
    goal, gate = f"wait for {era} {service} {way}", Gate()
    box.script(goal, [Say("begun"), Wait(gate)])

    async def check() -> None:
        source = runs(box, service)
        client_of = source._service
        ids: list[str] = []
        submit = source._submit

        async def noted(request: Any) -> Any:
            ids.append(request.run_id)
            return await submit(request)

        source._submit = noted  # type: ignore[method-assign]
        async with connected(era, source) as client:
            call = asyncio.ensure_future(client.call_tool("run", {"goal": goal}))
            while not ids or str((await client_of.get_run_status(ids[0])).state) != "running":
                await asyncio.sleep(0.02)
            if way == "leave":
                call.cancel()
                await asyncio.wait([call])
            else:
                await client.call_tool("cancel_run", {"run_id": ids[0]})
                assert (await call).is_error
            while str((await client_of.get_run_status(ids[0])).state) != "canceled":
                await asyncio.sleep(0.02)

    try:
        asyncio.run(asyncio.wait_for(check(), 60))
    finally:
        gate.open()


@ERAS
@SERVICES
def test_a_run_that_failed_is_a_failed_result(box: Sandbox, era: str, service: str) -> None:
    box.script("fail", [Fail("ink", "the ink is empty")])

    async def check() -> None:
        async with connected(era, runs(box, service)) as client:
            result = await client.call_tool("run", {"goal": "fail"})
            assert (result.is_error, text(result)) == (True, "ink: the ink is empty")
            assert result.structured_content["ok"] is False
            run_id = result.structured_content["run_id"]
            seen = await client.call_tool("get_run", {"run_id": run_id})
            assert (seen.is_error, seen.structured_content["state"]) == (False, "failed")

    asyncio.run(check())


def test_two_sources_may_have_tools_of_the_same_name(box: Sandbox) -> None:
    async def check() -> None:
        sources = [registry_tools(box.tool_registry_url) for _ in range(2)]
        async with connected("auto", *sources) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            assert {"calc", "calc_"} <= {*names}
            assert len({*names}) == len(names)
            for name in ("calc", "calc_"):
                result = await client.call_tool(name, {"expression": "1+1"})
                assert result.structured_content["value"] == 2

    asyncio.run(check())


def test_a_tool_may_have_gone_when_it_is_called(server: Server) -> None:
    broken = [json_reply([]), json_reply({"error": {"code": "x", "message": "x"}}, status=500)]
    first, then = json_reply([tool(PERSON).to_dict()]), json_reply([])
    server.plan(first, broken[0], then, broken[1])

    async def check() -> None:
        async with connected("auto", *(registry_tools(server.url) for _ in range(2))) as client:
            await client.list_tools()
            with pytest.raises(MCPError, match="No tools: x"):
                await client.list_tools(cache_mode="refresh")
            result = await client.call_tool("calc", {})
            assert (result.is_error, text(result)) == (True, "the registry has no tool calc now")

    asyncio.run(check())


async def use(target: Any, era: str) -> None:
    async with Client(target, mode=era) as client:
        assert client.protocol_version == VERSIONS[era]
        assert "calc" in [tool.name for tool in (await client.list_tools()).tools]
        result = await client.call_tool("calc", {"expression": "19*23"})
        assert result.structured_content["value"] == 437


@pytest.mark.parametrize("era", [pytest.param("legacy", marks=pytest.mark.full), "auto"])
def test_the_printed_configuration_starts_the_server(
    box: Sandbox, era: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARP_TOOL_REGISTRY_URL", box.tool_registry_url)
    monkeypatch.setenv("ARP_TOKEN", "s3cr3t")
    assert main(["serve", "--print-config"]) == 0
    printed = capsys.readouterr().out
    assert "s3cr3t" not in printed
    entry = json.loads(printed)["mcpServers"]["arp"]
    assert entry["env"].keys() == {"ARP_TOKEN"}
    parameters = StdioServerParameters(
        command=entry["command"], args=entry["args"], env={**os.environ, **entry["env"]}
    )
    asyncio.run(use(parameters, era))


@ERAS
def test_hosts_use_it_over_http(box: Sandbox, era: str) -> None:
    server = HostServer([registry_tools(box.tool_registry_url)])
    with serving_app(http_app(server)) as url:
        asyncio.run(use(f"{url}/mcp", era))


def test_without_the_token_http_is_refused(box: Sandbox) -> None:
    server = HostServer([])
    with serving_app(http_app(server, host="0.0.0.0", token="s3cr3t")) as url:
        for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "s3cr3t"}):
            refused = requests.post(f"{url}/mcp", json={}, headers=header, timeout=10)
            assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
        header = {"Authorization": "bearer s3cr3t"}
        assert requests.post(f"{url}/mcp", json={}, headers=header, timeout=10).status_code == 400
    with pytest.raises(ArpConfigError, match="set a token"):
        http_app(server, host="0.0.0.0")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["serve"], "nothing to serve"),
        (["registry"], "pass either --url"),
        (["registry", "--url", "http://x", "--", "x"], "pass either --url"),
        (["registry", "--host", "0.0.0.0", "--url", "http://x"], "set ARP_TOKEN"),
        (["serve", "--daemon", "nonsense"], "base_url"),
    ],
)
def test_a_wrong_command_says_what_to_do(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


def test_the_snippet_of_a_server_that_runs_has_its_url() -> None:
    entry = json.loads(snippet([], url="http://127.0.0.1:8900/mcp", secret=True))
    assert entry["mcpServers"]["arp"]["url"] == "http://127.0.0.1:8900/mcp"
    assert entry["mcpServers"]["arp"]["headers"]["Authorization"].startswith("Bearer REPLACE")


@pytest.mark.parametrize(
    "program", [pytest.param("arp_sdk.mcp", marks=pytest.mark.full), "arp_sdk.cli mcp"]
)
def test_a_registry_is_served_by_the_command(program: str) -> None:
    """The registry is used by `serve`, which is used by a client."""
    start = ["-m", *program.split()]
    port = free_port()
    command = [sys.executable, *start, "registry", f"--port={port}", "--"]
    upstream = str(Path(__file__).with_name("upstream.py"))
    process = subprocess.Popen([*command, sys.executable, upstream], stderr=subprocess.PIPE)
    url = f"http://127.0.0.1:{port}"
    parameters = StdioServerParameters(
        command=sys.executable, args=[*start, "serve", "--tool-registry", url]
    )

    async def through() -> Any:
        async with Client(parameters) as client:
            return (await client.call_tool("add", {"a": 1, "b": 2})).structured_content

    try:
        with ToolRegistryClient(url, retries=100, deadline=60) as registry:
            assert "add" in registry.tools()
        for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
            assert requests.get(f"{url}/v1/tools", headers=headers, timeout=10).status_code == 403
        assert asyncio.run(through()) == {"sum": 3}
    finally:
        process.terminate()
        process.communicate()
