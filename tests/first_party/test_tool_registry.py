"""The tool registry client against a tool registry."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from arp_sdk.errors import ArpApiError, ArpDecodeError
from arp_sdk.models import Status, ToolInvocationRequest, ToolSource
from first_party.targets import FIRST_PARTY, SANDBOX, name_of, only_first_party, per_target
from support.clients import ToolRegistryClient


def invocation(tool_name: str, args: dict[str, object]) -> ToolInvocationRequest:
    return ToolInvocationRequest(invocation_id=uuid4().hex, tool_name=tool_name, args=args)


def test_health(tool_registry: ToolRegistryClient) -> None:
    health = tool_registry.health()

    assert health.status is Status.OK
    assert health.time.tzinfo is not None


def test_version(tool_registry: ToolRegistryClient, target: str) -> None:
    version = tool_registry.version()

    assert version.service_name == name_of(target, "tool-registry")
    assert version.service_version == per_target(target, "0.1.0", "1.0.0")
    assert version.supported_api_versions == ["v1"]
    assert version.build is None


def test_list_tools(tool_registry: ToolRegistryClient) -> None:
    tools = tool_registry.list_tools()

    assert {tool.tool_id: tool.name for tool in tools} == {
        "tool_echo": "echo",
        "tool_calc": "calc",
        "tool_time_now": "time_now",
    }
    assert {tool.source for tool in tools} == {ToolSource.REGISTRY_LOCAL}


def test_get_tool(tool_registry: ToolRegistryClient, target: str) -> None:
    tool = tool_registry.get_tool("tool_echo")

    assert tool.name == "echo"
    # The sandbox describes its tools by docstrings, which `python -OO` drops.
    described = per_target(target, "Echoes the provided text.", "Return the text.")
    if not (target == SANDBOX and sys.flags.optimize > 1):
        assert tool.description == described
    assert tool.input_schema["required"] == ["text"]
    assert (tool.output_schema is None) is per_target(target, True, False)
    assert tool in tool_registry.list_tools()


def test_get_unknown_tool(tool_registry: ToolRegistryClient) -> None:
    with pytest.raises(ArpApiError) as caught:
        tool_registry.get_tool("no_such_tool")

    error = caught.value
    assert str(error) == "[404] tool.not_found: Unknown tool"
    assert (error.status_code, error.code, error.message) == (404, "tool.not_found", "Unknown tool")
    assert error.details == {"tool_id": "no_such_tool"}
    assert error.retryable is False
    assert error.method == "GET"
    assert error.url is not None and error.url.endswith("/v1/tools/no_such_tool")
    assert error.headers["X-Request-Id"]
    assert b"tool.not_found" in error.raw


def test_tool_id_is_encoded_into_one_path_segment(
    tool_registry: ToolRegistryClient, target: str
) -> None:
    with pytest.raises(ArpApiError) as caught:
        tool_registry.get_tool("a/b c?d#e%f\u00fc")

    # The first-party registry does not decode the segment, and says what it has received.
    received = per_target(target, "a%2Fb%20c%3Fd%23e%25f%C3%BC", "a/b c?d#e%f\u00fc")
    assert caught.value.details == {"tool_id": received}


@pytest.mark.parametrize("text", ["hello", "", "gr\u00fc\u00df Gott \u2713", '"quoted" \\ \n line'])
def test_invoke_echo_by_id(tool_registry: ToolRegistryClient, text: str) -> None:
    request = ToolInvocationRequest(
        invocation_id=uuid4().hex, tool_id="tool_echo", args={"text": text}
    )

    answer = tool_registry.invoke_tool(request)

    assert answer.ok is True
    assert answer.invocation_id == request.invocation_id
    assert answer.result == {"text": text}
    assert answer.error is None
    assert answer.duration_ms is not None and answer.duration_ms >= 0


def test_invoke_calc_by_name(tool_registry: ToolRegistryClient) -> None:
    answer = tool_registry.invoke_tool(invocation("calc", {"expression": "19*23"}))

    assert answer.result == {"expression": "19*23", "value": 437.0}


def test_invoke_time_now(tool_registry: ToolRegistryClient) -> None:
    answer = tool_registry.invoke_tool(invocation("time_now", {"tz": "UTC"}))

    assert answer.result is not None
    assert answer.result["tz"] == "UTC"
    assert datetime.fromisoformat(answer.result["iso"]).utcoffset() is not None


@pytest.mark.parametrize(
    ("args", "code", "messages"),
    [
        (
            {},
            "tool.invalid_args",
            ["Tool arguments did not match input_schema", "The arguments do not match the schema"],
        ),
        (
            {"expression": "x"},
            "tool.execution_error",
            ["Unsupported expression node: Name", "'x' cannot be evaluated"],
        ),
        (
            {"expression": "1/0"},
            "tool.handler_error",
            ["Tool handler raised an exception", "The tool failed: ZeroDivisionError"],
        ),
    ],
)
def test_failed_invocation_is_an_answer(
    tool_registry: ToolRegistryClient,
    args: dict[str, object],
    code: str,
    messages: list[str],
    target: str,
) -> None:
    answer = tool_registry.invoke_tool(invocation("calc", args))

    assert answer.ok is False
    assert answer.result is None
    assert answer.error is not None
    assert answer.error.code == code
    assert answer.error.message.startswith(per_target(target, *messages))


def test_invocation_of_an_unknown_tool(tool_registry: ToolRegistryClient, target: str) -> None:
    request = invocation("no_such_tool", {})

    # By the contract this is a failed operation; the first-party registry reports a failed tool.
    if target == FIRST_PARTY:
        answer = tool_registry.invoke_tool(request)
        assert answer.ok is False and answer.result is None
        error: Any = answer.error
    else:
        with pytest.raises(ArpApiError) as caught:
            tool_registry.invoke_tool(request)
        assert caught.value.status_code == 404
        error = caught.value

    assert (error.code, error.message) == ("tool.not_found", "Unknown tool")


@only_first_party
def test_refused_invocation_is_an_error(tool_registry: ToolRegistryClient) -> None:
    request = ToolInvocationRequest(invocation_id=" ", tool_id="tool_echo", args={"text": ""})

    with pytest.raises(ArpApiError) as caught:
        tool_registry.invoke_tool(request)

    assert caught.value.status_code == 400
    assert caught.value.code == "request.invalid_shape"
    assert "invocation_id" in caught.value.message


@only_first_party
def test_infinity_is_a_decoding_error(tool_registry: ToolRegistryClient) -> None:
    with pytest.raises(ArpDecodeError) as caught:
        tool_registry.invoke_tool(invocation("calc", {"expression": "1e999"}))

    error = caught.value
    assert error.status_code == 200
    assert error.method == "POST"
    assert error.url is not None and error.url.endswith("/v1/tool-invocations")
    assert error.raw is not None and b"Infinity" in error.raw


def test_client_goes_on_after_a_connection_that_was_closed(
    tool_registry: ToolRegistryClient,
) -> None:
    texts = [str(number) for number in range(20)]

    answers = [tool_registry.invoke_tool(invocation("echo", {"text": text})) for text in texts]

    assert [answer.result for answer in answers] == [{"text": text} for text in texts]
