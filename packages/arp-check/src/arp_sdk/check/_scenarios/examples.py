"""Valid requests."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from arp_sdk.check._contract import Operation
from arp_sdk.check._exchange import Exchange
from arp_sdk.check._probe import Probe

ADDRESS = "http://127.0.0.1:9"


def body_of(operation_id: str, probe: Probe) -> dict[str, Any]:
    """Return a valid body for an operation: what its schema requires, and the user's values."""
    operation = probe.contract.operations[operation_id]
    schema = probe.contract.resolved(operation.request_schema)
    body: dict[str, Any] = value_of(schema, probe)
    key = operation.definition.get("x-arp-idempotency", {}).get("key", "")
    if key in schema["properties"]:
        body[key] = probe.new_id("run")
    given = {name: probe.request[name] for name in schema["properties"] if name in probe.request}
    return {**body, **given}


def value_of(schema: Mapping[str, Any], probe: Probe, name: str = "") -> Any:
    """Return the smallest value that fits a schema, or the user's value for a property."""
    if name in probe.request:
        return probe.request[name]
    schema = probe.contract.resolved(schema)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object" and name in ("input", "inputs") and "properties" not in schema:
        return {"goal": probe.goal}
    if kind == "object":
        names = [
            *schema.get("required", ()),
            *schema.get("anyOf", [{}])[0].get("required", ()),
        ]
        return {each: value_of(schema["properties"][each], probe, each) for each in names}
    if kind == "array":
        return [value_of(schema["items"], probe)] * schema.get("minItems", 0)
    simple = {"integer": 1, "number": 1, "boolean": True}
    if kind in simple:
        return schema.get("minimum", simple[str(kind)])
    if name == "goal":
        return probe.goal
    return ADDRESS if schema.get("format") == "uri" else probe.new_id(name.removesuffix("_id"))


def accepted(
    probe: Probe, operation_id: str, *arguments: str, body: Mapping[str, Any]
) -> tuple[Any, Exchange]:
    """Send a request that a service has to accept if it knows what the request names.

    Raises:
        UnusableError: If it does not.
    """
    exchange = probe.call(operation_id, *arguments, body=body)
    operation = probe.contract.operations[operation_id]
    is_known = not _names_something(probe, operation)
    if 400 <= exchange.status < 500 and not is_known:
        probe.skip(
            f"{operation_id} refuses a made-up request with status {exchange.status}; "
            "--request gives it values that the service knows"
        )
    return probe.succeeded(operation_id, exchange)


def _names_something(probe: Probe, operation: Operation) -> bool:
    """Return whether a request needs a reference to something that only the user knows."""
    made = json.dumps(value_of(operation.request_schema or {}, probe))
    return re.search(r'_ref": {[^}]*"arp-check-', made) is not None


def unknown(operation: Operation, probe: Probe) -> list[str]:
    """Return parameters of a path that name nothing."""
    return [probe.new_id("unknown") for _ in range(operation.path.count("{"))]


def undo(probe: Probe, operation: Operation, arguments: Sequence[str], exchange: Exchange) -> None:
    """Remove what a request should not have made."""
    if operation.method == "GET":
        return
    made = exchange.json if isinstance(exchange.json, dict) else {}
    if operation.id == "upsert_runtime_profile":
        probe.call("delete_runtime_profile", *arguments)
    for instance in [
        *made.get("instances", []),
        *([made["instance"]] if "instance" in made else []),
    ]:
        if isinstance(instance, dict) and "instance_id" in instance:
            probe.call("delete_instance", str(instance["instance_id"]))


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
