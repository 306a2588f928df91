"""A model's tool call is invoked, and the model gets a response whatever happens."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from arp_sdk.errors import ArpApiError, ArpValidationError
from support.clients import ToolRegistryClient
from support.server import Received, Reply, Server, json_reply

SUM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "a": {"type": "integer"},
        "b": {"type": "integer"},
        "note": {"type": ["string", "null"]},
        "of": {"type": "object", "properties": {"unit": {"type": "string"}}},
    },
    "required": ["a"],
}


class Registry:
    """A tool registry whose tools are named as no model may name them."""

    def __init__(self) -> None:
        self.schemas = {"math.sum": SUM, "math/sum": SUM, "odd": {"type": "nonsense"}}
        self.lists = 0
        self.invocations: list[dict[str, Any]] = []
        self.reply: Reply | None = None

    def __call__(self, request: Received) -> Reply:
        if request.method == "GET":
            self.lists += 1
            return json_reply(
                [
                    {
                        "tool_id": f"id/{name}",
                        "name": name,
                        "input_schema": schema,
                        "source": "remote",
                    }
                    for name, schema in self.schemas.items()
                ]
            )
        self.invocations.append(request.json)
        if self.reply is not None:
            return self.reply
        result = {"sum": request.json["args"].get("a", 0) + request.json["args"].get("b", 0)}
        called = {"invocation_id": request.json["invocation_id"]}
        if result["sum"] < 0:
            error = {"code": "tool.negative", "message": "too low", "retryable": False}
            return json_reply({**called, "ok": False, "error": error})
        return json_reply({**called, "ok": True, "result": result})


@pytest.fixture
def service(server: Server) -> Registry:
    registry = Registry()
    server.plan(registry)
    return registry


def chat(name: str, arguments: str) -> dict[str, Any]:
    return {"id": "c1", "type": "function", "function": {"name": name, "arguments": arguments}}


def responses(name: str, arguments: str) -> dict[str, Any]:
    return {"type": "function_call", "call_id": "c1", "id": "f1", "name": name,
            "arguments": arguments}  # fmt: skip


def mcp(name: str, arguments: str) -> dict[str, Any]:
    try:
        return {"name": name, "arguments": json.loads(arguments)}
    except ValueError:
        return {"name": name, "arguments": arguments}


def mcp_request(name: str, arguments: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": mcp(name, arguments)}


def as_object(value: Any) -> Any:
    if isinstance(value, dict) and "a" not in value:
        return SimpleNamespace(**{key: as_object(each) for key, each in value.items()})
    return value


Form = Callable[[str, str], dict[str, Any]]
FORMS = [chat, responses, mcp, mcp_request]


def content(form: Form, response: dict[str, Any]) -> Any:
    """Check the form of a response, and return what it says."""
    if form is chat:
        assert response.keys() == {"role", "tool_call_id", "content"}
        assert (response["role"], response["tool_call_id"]) == ("tool", "c1")
        return json.loads(response["content"])
    if form is responses:
        assert response.keys() == {"type", "call_id", "output"}
        assert (response["type"], response["call_id"]) == ("function_call_output", "c1")
        return json.loads(response["output"])
    (block,) = response["content"]
    said = json.loads(block["text"])
    assert response["isError"] == ("error" in said)
    assert "error" in said or response["structuredContent"] == said
    return said


@pytest.mark.parametrize("objects", [False, True], ids=["mappings", "objects"])
@pytest.mark.parametrize("form", FORMS)
def test_a_call_is_invoked(server: Server, service: Registry, form: Form, objects: bool) -> None:
    with ToolRegistryClient(server.url) as registry:
        for name, tool in registry.tools().items():
            if name == "odd":
                continue
            known = tool.to_openai("responses") if form in (chat, responses) else tool.to_mcp()
            call = form(known["name"], '{"a": 19, "b": 23}')
            response = registry.dispatch(as_object(call) if objects else call)
            assert content(form, response) == {"sum": 42}
            assert service.invocations[-1]["tool_id"] == f"id/{name}"
            assert service.invocations[-1]["args"] == {"a": 19, "b": 23}
    assert service.lists == 2  # tools() and the first call


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("name", "arguments", "code", "message", "invoked"),
    [
        ("math.sum", '{"a": "x"}', "invalid_arguments", "$.a", False),
        ("math.sum", '{"b": 1}', "invalid_arguments", "'a' is a required property", False),
        ("math.sum", '{"a": 1', "invalid_arguments", "are not JSON", False),
        ("math.sum", "[1]", "invalid_arguments", "not a JSON object", False),
        ("math.prod", "{}", "invalid_arguments", "there are: math.sum, math/sum, odd", False),
        ("math.sum", '{"a": -1}', "tool.negative", "too low", True),
        ("odd", "{}", None, None, True),
        ("odd", "", None, None, True),
        ("odd", "null", None, None, True),
    ],
)
def test_a_call_that_fails_is_told_the_model(
    server: Server,
    service: Registry,
    form: Form,
    name: str,
    arguments: str,
    code: str | None,
    message: str | None,
    invoked: bool,
) -> None:
    with ToolRegistryClient(server.url) as registry:
        said = content(form, registry.dispatch(form(name, arguments)))
    assert (code is None) == ("error" not in said)
    if code is not None:
        assert said["error"]["code"] == code
        assert str(message) in said["error"]["message"]
    assert bool(service.invocations) is invoked


def test_a_null_stands_for_an_absent_argument(server: Server, service: Registry) -> None:
    given = '{"a": 1, "b": null, "note": null, "of": {"unit": null}}'
    with ToolRegistryClient(server.url) as registry:
        registry.dispatch(chat("math.sum", given))
    # A null that the schema allows remains.
    assert service.invocations[0]["args"] == {"a": 1, "note": None, "of": {}}


def test_a_list_that_has_changed_is_read_again(server: Server, service: Registry) -> None:
    with ToolRegistryClient(server.url) as registry:
        registry.dispatch(chat("math.sum", '{"a": 1}'))
        service.schemas["new"] = {}
        assert "error" not in registry.dispatch(chat("new", "{}"))["content"]
        service.schemas["math.sum"] = {}
        assert "error" not in registry.dispatch(chat("math.sum", "{}"))["content"]
    assert service.lists == 3


@pytest.mark.parametrize(("status", "is_told"), [(400, True), (404, True), (401, False)])
def test_an_error_of_the_service_is_told_the_model_if_the_call_may_have_caused_it(
    server: Server, service: Registry, status: int, is_told: bool
) -> None:
    error = {"error": {"code": "no", "message": "nope"}}
    service.reply = json_reply(error, status=status)
    with ToolRegistryClient(server.url) as registry:
        if is_told:
            said = content(chat, registry.dispatch(chat("odd", "{}")))
            assert said == error
        else:
            with pytest.raises(ArpApiError, match="nope"):
                registry.dispatch(chat("odd", "{}"))


TOOL_USE = {"type": "tool_use", "id": "t", "name": "calc", "input": {"expression": "1"}}


@pytest.mark.parametrize(
    "call", [None, "calc", {}, {"function": {}}, {"name": 5}, [chat("a", "")], TOOL_USE]
)
def test_anything_else_is_not_a_call(server: Server, call: Any) -> None:
    with ToolRegistryClient(server.url) as registry:
        with pytest.raises(ArpValidationError, match="is not a tool call"):
            registry.dispatch(call)
    assert server.requests == []
