"""The tool registry: built-in tools, and functions of the test."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from typing import Annotated, Any

import jsonschema
import msgspec
import pytest

from arp_sdk.errors import ArpApiError
from arp_sdk.models import ToolInvocationRequest, ToolInvocationResult
from arp_sdk.sandbox import Sandbox, ToolError
from support.clients import ToolRegistryClient


def invoke(client: ToolRegistryClient, name: str, **args: Any) -> ToolInvocationResult:
    return client.invoke_tool(ToolInvocationRequest(invocation_id="1", tool_name=name, args=args))


def code_of(result: ToolInvocationResult) -> str:
    assert result.ok is False and result.result is None and result.error is not None
    return result.error.code


@pytest.mark.parametrize(
    ("name", "args", "code"),
    [
        ("echo", {}, "tool.invalid_args"),
        ("echo", {"text": 1}, "tool.invalid_args"),
        ("echo", {"text": "", "more": ""}, "tool.invalid_args"),
        ("calc", {"expression": "x"}, "tool.execution_error"),
        ("calc", {"expression": "1e999"}, "tool.execution_error"),
        ("calc", {"expression": "1/0"}, "tool.handler_error"),
        ("time_now", {"tz": "Nowhere/Land"}, "tool.execution_error"),
        ("time_now", {"tz": "../../etc/passwd"}, "tool.execution_error"),
    ],
)
def test_failed_invocation(
    tool_registry: ToolRegistryClient, name: str, args: dict[str, Any], code: str
) -> None:
    result = invoke(tool_registry, name, **args)

    assert result.invocation_id == "1"
    assert code_of(result) == code


def test_unknown_tool(tool_registry: ToolRegistryClient) -> None:
    with pytest.raises(ArpApiError) as by_id:
        tool_registry.get_tool("tool_nothing")
    with pytest.raises(ArpApiError) as by_name:
        invoke(tool_registry, "nothing")
    with pytest.raises(ArpApiError) as by_both:
        tool_registry.invoke_tool(
            ToolInvocationRequest(invocation_id="1", tool_id="tool_echo", tool_name="calc", args={})
        )

    for error in (by_id.value, by_name.value, by_both.value):
        assert (error.status_code, error.code) == (404, "tool.not_found")
    assert by_id.value.details == {"tool_id": "tool_nothing"}
    assert by_name.value.details == {"tool_name": "nothing"}


def test_function_as_a_tool(box: Sandbox, tool_registry: ToolRegistryClient) -> None:
    @box.tool
    def repeat(text: str, times: Annotated[int, msgspec.Meta(ge=1)] = 2) -> str:
        """Say it again."""
        return text * times

    tool = tool_registry.get_tool("tool_repeat")
    assert tool.description == "Say it again."
    assert tool.input_schema == {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "times": {"type": "integer", "minimum": 1, "default": 2},
        },
        "required": ["text"],
        "additionalProperties": False,
    }
    assert invoke(tool_registry, "repeat", text="a").result == {"value": "aa"}
    assert code_of(invoke(tool_registry, "repeat", text="a", times=0)) == "tool.invalid_args"
    assert repeat("b") == "bb"


def test_whole_numbers_are_integers(box: Sandbox, tool_registry: ToolRegistryClient) -> None:
    @box.tool
    def total(counts: list[int], named: dict[str, int]) -> int:
        return sum(counts) + sum(named.values())

    assert invoke(tool_registry, "total", counts=[12.0, 1], named={"a": 1e3}).result == {
        "value": 1013
    }
    wrong = invoke(tool_registry, "total", counts=[12.5], named={})
    assert code_of(wrong) == "tool.invalid_args"


@dataclass
class Point:
    x: float
    y: float = 0.0


def test_result_keeps_the_schema_of_the_tool(
    box: Sandbox, tool_registry: ToolRegistryClient
) -> None:
    @box.tool(name="mirror", description="Turn a path around.")
    def turn(points: list[Point], by: dict[str, Point] | None = None) -> list[Point]:
        del by
        return points[::-1]

    @box.tool
    def corner() -> Point:
        return Point(1.0)

    arguments = {"points": [{"x": 1.0, "y": 0.0}, {"x": 2.0, "y": 3.0}], "by": {"a": {"x": 0.0}}}
    mirror, at = tool_registry.get_tool("tool_mirror"), tool_registry.get_tool("tool_corner")
    jsonschema.validate(arguments, mirror.input_schema)
    result = invoke(tool_registry, "mirror", **arguments).result

    assert mirror.description == "Turn a path around."
    assert result == {"value": [{"x": 2.0, "y": 3.0}, {"x": 1.0, "y": 0.0}]}
    assert mirror.output_schema is not None
    jsonschema.validate(result, mirror.output_schema)
    assert invoke(tool_registry, "corner").result == {"x": 1.0, "y": 0.0}
    assert at.output_schema is not None and at.output_schema["type"] == "object"


def test_where_a_function_runs(box: Sandbox, tool_registry: ToolRegistryClient) -> None:
    @box.tool
    def in_a_thread() -> str:
        return threading.current_thread().name

    @box.tool
    async def in_the_loop() -> str:
        await asyncio.sleep(0)
        return threading.current_thread().name

    (first,) = (invoke(tool_registry, "in_a_thread").result or {}).values()
    (second,) = (invoke(tool_registry, "in_the_loop").result or {}).values()
    assert first.startswith("arp-sandbox_") and second == "arp-sandbox"


def test_function_that_raises(box: Sandbox, tool_registry: ToolRegistryClient) -> None:
    @box.tool
    def refuse() -> None:
        raise ToolError("not today")

    @box.tool
    def break_down() -> None:
        raise LookupError("lost")

    @box.tool
    def misread() -> int:
        return msgspec.convert("x", int)

    @box.tool
    def no_number() -> float:
        return float("nan")

    refused, broken = invoke(tool_registry, "refuse"), invoke(tool_registry, "break_down")
    assert refused.error is not None and refused.error.message == "not today"
    assert code_of(refused) == "tool.execution_error"
    assert broken.error is not None and "LookupError('lost')" in broken.error.message
    assert code_of(broken) == "tool.handler_error"
    assert code_of(invoke(tool_registry, "misread")) == "tool.handler_error"
    assert code_of(invoke(tool_registry, "no_number")) == "tool.execution_error"


def test_function_of_the_same_name_replaces(
    box: Sandbox, tool_registry: ToolRegistryClient
) -> None:
    @box.tool(name="echo")
    def louder(text: str) -> dict[str, str]:
        return {"text": text.upper()}

    assert invoke(tool_registry, "echo", text="a").result == {"text": "A"}
    assert len(tool_registry.list_tools()) == 3


def test_signature_that_makes_no_tool(box: Sandbox) -> None:
    with pytest.raises(TypeError, match="cannot be passed by keyword"):

        @box.tool
        def any_number(*numbers: int) -> None: ...

    with pytest.raises(TypeError):

        @box.tool
        def odd(thing: threading.Lock) -> None: ...
