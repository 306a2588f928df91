"""Tools are invoked by name or id, validated by schema, and converted to other formats."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from arp_sdk.errors import ArpConfigError, ArpToolError, ArpValidationError
from arp_sdk.models import ToolDefinition, ToolSource
from support.clients import ToolRegistryClient
from support.server import Received, Reply, Server, json_reply

SHARED = pytest.mark.threads_only("the code is shared")

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["expression"],
    "properties": {"expression": {"type": "string", "maxLength": 5}},
}
CALC = {"tool_id": "tool_calc", "name": "calc", "description": "Works out.",
        "input_schema": SCHEMA, "source": "registry_local"}  # fmt: skip
# Its id is the name of the other tool: names take precedence.
ODD = {"tool_id": "calc", "name": "odd", "input_schema": {}, "source": "remote"}


class Registry:
    def __init__(self, *tools: dict[str, Any]) -> None:
        self.tools = tools
        self.lists = 0
        self.invocations: list[dict[str, Any]] = []

    def __call__(self, request: Received) -> Reply:
        if request.method == "GET":
            self.lists += 1
            return json_reply(list(self.tools))
        self.invocations.append(request.json)
        ok = "fail" not in request.json["args"]
        error = {"code": "tool.bad", "message": "it broke", "retryable": True}
        return json_reply(
            {
                "invocation_id": request.json["invocation_id"],
                "ok": ok,
                **({"result": {"value": 437}} if ok else {"error": error}),
            }
        )


@pytest.mark.parametrize(
    ("tool", "field", "value"),
    [
        ("calc", "tool_name", "calc"),
        ("tool_calc", "tool_id", "tool_calc"),
        ("odd", "tool_name", "odd"),
        ("unheard-of", "tool_name", "unheard-of"),
        (ToolDefinition.from_dict(CALC), "tool_id", "tool_calc"),
    ],
)
def test_a_tool_is_invoked_by_name_id_or_definition(
    server: Server, tool: Any, field: str, value: str
) -> None:
    service = Registry(CALC, ODD)
    server.plan(service)
    with ToolRegistryClient(server.url) as registry:
        assert registry.invoke(tool, {"expression": "19*23"}) == {"value": 437}
    (sent,) = service.invocations
    assert sent[field] == value
    assert len({"tool_id", "tool_name"} & set(sent)) == 1
    assert sent["args"] == {"expression": "19*23"}
    assert sent["invocation_id"].startswith("inv_")


def test_the_tools_are_listed_once(server: Server) -> None:
    service = Registry(CALC)
    server.plan(service)
    with ToolRegistryClient(server.url) as registry:
        for _ in range(3):
            registry.invoke("calc")
        assert service.lists == 1
        registry.invoke("new")
        assert service.lists == 2
    assert len({sent["invocation_id"] for sent in service.invocations}) == 4


def test_a_failed_invocation_raises_a_tool_error(server: Server) -> None:
    server.plan(Registry(CALC))
    with ToolRegistryClient(server.url) as registry, pytest.raises(ArpToolError) as caught:
        registry.invoke("calc", {"fail": True})
    error = caught.value
    assert str(error) == "tool calc failed: tool.bad: it broke"
    assert (error.code, error.retryable) == ("tool.bad", True)
    assert not error.result.ok
    assert pickle.loads(pickle.dumps(error)).result == error.result


def test_tools_are_listed_by_name(server: Server) -> None:
    server.plan(Registry(CALC, ODD))
    with ToolRegistryClient(server.url) as registry:
        tools = registry.tools()
    assert list(tools) == ["calc", "odd"]
    assert tools["odd"].source is ToolSource.REMOTE


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({}, "$"),
        ({"expression": 7}, "$.expression"),
        ({"expression": "too long"}, "$.expression"),
        ({"expression": "1", "other": 2}, "$"),
    ],
)
@pytest.mark.parametrize("tool", ["calc", "tool_calc", ToolDefinition.from_dict(CALC)])
def test_arguments_that_violate_the_schema_are_refused(
    server: Server, tool: Any, arguments: dict[str, Any], path: str
) -> None:
    service = Registry(CALC)
    server.plan(service)
    with ToolRegistryClient(server.url) as registry:
        registry.validate(tool, {"expression": "1+1"})
        with pytest.raises(ArpValidationError) as caught:
            registry.validate(tool, arguments)
    assert caught.value.path == path
    assert service.invocations == []


@SHARED
def test_a_tool_that_is_not_listed_cannot_be_validated(server: Server) -> None:
    server.plan(Registry(CALC))
    with ToolRegistryClient(server.url) as registry, pytest.raises(ArpValidationError, match="nil"):
        registry.validate("nil", {})


@SHARED
@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"$ref": "#/$defs/nowhere"}}},
        {"$ref": "#"},
        {"$schema": 5},
        {"type": "nonsense"},
    ],
)
def test_an_unusable_schema_is_a_config_error(schema: dict[str, Any]) -> None:
    tool = ToolDefinition.from_dict({**CALC, "input_schema": schema})
    with ToolRegistryClient("http://127.0.0.1:1") as registry, pytest.raises(ArpConfigError):
        registry.validate(tool, {"a": 1})


@SHARED
def test_a_schema_cannot_make_the_client_fetch_a_url(server: Server) -> None:
    schema = {"properties": {"a": {"$ref": f"{server.url}/internal"}}}
    tool = ToolDefinition.from_dict({**CALC, "input_schema": schema})
    with ToolRegistryClient("http://127.0.0.1:1") as registry:
        with pytest.raises(ArpConfigError, match="refers to"):
            registry.validate(tool, {"a": 1})
    assert server.requests == []


@SHARED
def test_a_tool_is_converted_to_other_formats() -> None:
    tool = ToolDefinition.from_dict({**CALC, "output_schema": {"type": "object"}})
    function = {"name": "calc", "description": "Works out.", "parameters": SCHEMA, "strict": False}
    assert tool.to_openai() == {"type": "function", "function": function}
    assert tool.to_openai("responses") == {"type": "function", **function}
    assert tool.to_mcp() == {
        "name": "calc",
        "description": "Works out.",
        "inputSchema": SCHEMA,
        "outputSchema": {"type": "object", "properties": {}},
    }
    plain, root = ToolDefinition.from_dict(ODD), {"type": "object", "properties": {}}
    expected = {"name": "odd", "parameters": root, "strict": False}
    assert plain.to_openai() == {"type": "function", "function": expected}
    assert plain.to_mcp() == {"name": "odd", "inputSchema": root}
