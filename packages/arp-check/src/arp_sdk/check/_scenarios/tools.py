"""The list of tools, and their invocation."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError

from arp_sdk.check._exchange import Exchange
from arp_sdk.check._probe import Probe
from arp_sdk.check._report import Severity

from .examples import arguments_of
from .scenario import scenario


@scenario("tools.list", "list_tools", "get_tool", changes=False)
def tools(probe: Probe) -> None:
    """Each tool has an identifier of its own, and valid schemas."""
    listed, exchange = probe.value("list_tools")
    found = _tools(listed)
    ids = [tool.get("tool_id") for tool in found]
    probe.expect(
        len(ids) == len(set(ids)),
        "list_tools",
        exchange,
        "two tools have one identifier",
        "Identifier of the tool, unique within the registry.",
    )
    for tool in found:
        for name in ("input_schema", "output_schema"):
            if name in tool:
                probe.expect(
                    _is_schema(tool[name]),
                    "list_tools",
                    exchange,
                    f"{name} of {tool.get('name')} is not a valid JSON Schema",
                    f"ToolDefinition $.{name}",
                )
        alone, single = probe.value("get_tool", str(tool.get("tool_id")))
        operation = probe.contract.operations["get_tool"]
        encoded = "".join(f"%{byte:02X}" for byte in str(tool.get("tool_id")).encode())
        same = probe.sender.send("GET", operation.path.replace("{tool_id}", encoded))
        probe.expect(
            same.json == alone,
            "get_tool",
            same,
            "the path is not percent-decoded",
            "RFC 3986, 6.2.2.2: encoded and plain characters are equivalent",
            Severity.WARNING,
        )
        probe.expect(
            alone == tool,
            "get_tool",
            single,
            "the tool is another one by itself than in the list",
            "Returns the purpose of a tool, and the schemas of its arguments and its result.",
        )


@scenario("tools.invoke", "list_tools", "invoke_tool")
def invoke(probe: Probe) -> None:
    """Results belong to their invocations; what cannot be executed is an error."""
    listed, _ = probe.value("list_tools")
    for tool in _tools(listed):
        arguments = arguments_of(tool.get("input_schema"))
        if arguments is None:
            continue
        body = {
            "invocation_id": probe.new_id("call"),
            "tool_id": tool.get("tool_id"),
            "args": arguments,
        }
        result, exchange = probe.value("invoke_tool", body=body)
        _check_result(probe, body, result, exchange, tool.get("output_schema"))
        if tool.get("input_schema", {}).get("required"):
            _check_missing(probe, {**body, "invocation_id": probe.new_id("call"), "args": {}})
    body = {"invocation_id": probe.new_id("call"), "tool_name": probe.new_id("tool"), "args": {}}
    exchange = probe.call("invoke_tool", body=body)
    rule = probe.sentence("invoke_tool", "The operation itself fails if")
    probe.expect_error("invoke_tool", exchange, "an unknown tool", rule)


def _check_result(
    probe: Probe, body: dict[str, Any], result: dict[str, Any], exchange: Exchange, schema: Any
) -> None:
    probe.expect(
        result.get("invocation_id") == body["invocation_id"],
        "invoke_tool",
        exchange,
        "the result belongs to another invocation",
        "Identifier of the invocation, as the client chose it.",
    )
    probe.expect(
        not (result.get("ok") and "error" in result),
        "invoke_tool",
        exchange,
        "the result of a tool that succeeded has an error",
        "Absent means that it did not fail, or that the reason is unknown.",
    )
    if result.get("ok") and "result" in result and isinstance(schema, dict) and _is_schema(schema):
        try:
            Draft202012Validator(schema).validate(result["result"])
        except ValidationError as error:
            probe.expect(
                False,
                "invoke_tool",
                exchange,
                f"the result does not match the output schema: {error.message[:200]}",
                "Result of the tool, which matches its output schema if it has one.",
            )


def _check_missing(probe: Probe, body: dict[str, Any]) -> None:
    """Arguments that do not fit are an error, of the operation or of the tool."""
    exchange = probe.call("invoke_tool", body=body)
    result = exchange.json if isinstance(exchange.json, dict) else {}
    probe.expect(
        400 <= exchange.status < 500 or (exchange.status == 200 and result.get("ok") is False),
        "invoke_tool",
        exchange,
        f"missing arguments get status {exchange.status} and `ok` {result.get('ok')}",
        "Arguments of the tool, by name; they must satisfy its input schema.",
    )


def _tools(listed: Any) -> list[dict[str, Any]]:
    return [tool for tool in listed if isinstance(tool, dict)]


def _is_schema(schema: Any) -> bool:
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError:
        return False
    return isinstance(schema, (dict, bool))
