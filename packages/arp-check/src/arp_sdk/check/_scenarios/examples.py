"""Valid requests."""

from __future__ import annotations

from typing import Any

from arp_sdk.check._probe import Probe


def body_of(operation_id: str, probe: Probe) -> dict[str, Any]:
    """Return a valid body for an operation."""
    if operation_id in ("create_run", "submit_run"):
        return {"run_id": probe.new_id("run"), "input": {"goal": probe.goal}}
    if operation_id == "create_instances":
        return {"runtime_profile": probe.new_id("profile"), "count": 1}
    if operation_id == "register_instance":
        return {"runtime_api_endpoint": "http://127.0.0.1:9"}
    if operation_id == "invoke_tool":
        return {"invocation_id": probe.new_id("call"), "tool_name": "unknown", "args": {}}
    return {"description": "Made by arp-check."}


def arguments_of(schema: Any) -> dict[str, Any] | None:
    """Return simple arguments that fit a tool's input schema, or None if that is not easy."""
    if not isinstance(schema, dict):
        return None
    values: dict[str, Any] = {}
    for name in schema.get("required", []):
        definition = schema.get("properties", {}).get(name)
        if not isinstance(definition, dict):
            return None
        simple = {"string": "1", "integer": 1, "number": 1, "boolean": True, "array": []}
        if "enum" in definition:
            values[name] = definition["enum"][0]
        elif definition.get("type") in simple:
            values[name] = simple[definition["type"]]
        else:
            return None
    return values
