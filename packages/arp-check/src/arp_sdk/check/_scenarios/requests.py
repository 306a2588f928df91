"""Requests that break the contract, and identifiers that do not exist."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from arp_sdk.check._contract import Operation
from arp_sdk.check._exchange import Exchange
from arp_sdk.check._probe import Probe
from arp_sdk.check._report import Severity

from .examples import body_of
from .scenario import scenario

_RULE = "An error with a status from 400 to 499: the request does not fit its schema."


@scenario("requests.malformed")
def malformed(probe: Probe) -> None:
    """A body that does not fit its schema is refused, and has no effect."""
    for operation in probe.contract.operations.values():
        if operation.request_schema is None:
            continue
        arguments = [probe.new_id("bad")] * operation.path.count("{")
        for what, raw in _broken(probe, operation):
            exchange = probe.call(operation.id, *arguments, raw=raw)
            probe.expect_error(operation.id, exchange, what, f"{_RULE} ({what})")
            if 200 <= exchange.status < 300:
                _undo(probe, operation, arguments, exchange)


def _undo(probe: Probe, operation: Operation, arguments: list[str], exchange: Exchange) -> None:
    """Remove what a request should not have made."""
    made = exchange.json if isinstance(exchange.json, dict) else {}
    if operation.id == "upsert_runtime_profile":
        probe.call("delete_runtime_profile", *arguments)
    for instance in [
        *made.get("instances", []),
        *([made["instance"]] if "instance" in made else []),
    ]:
        if isinstance(instance, dict) and "instance_id" in instance:
            probe.call("delete_instance", str(instance["instance_id"]))


def _broken(probe: Probe, operation: Operation) -> Iterator[tuple[str, bytes]]:
    valid = body_of(operation.id, probe)
    yield "a body that is not JSON", b"{"
    yield "a body that is not an object", b"[]"
    schema = probe.contract.resolved(operation.request_schema)
    required = schema.get("required", [])
    for name in required:
        rest = {key: value for key, value in valid.items() if key != name}
        yield f"a body without {name}", json.dumps(rest).encode()
    for name in [*required, *({"metadata"} & set(schema["properties"]))]:
        yield f"{name} of a wrong type", json.dumps({**valid, name: 17}).encode()
    for path, value in _out_of_bounds(operation.id):
        yield f"{path} out of its bounds", json.dumps({**valid, **value}).encode()


def _out_of_bounds(operation_id: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if operation_id in ("create_run", "submit_run"):
        yield "limits.max_steps", {"limits": {"max_steps": 0}}
        yield "input.goal", {"input": {}}
    if operation_id == "create_instances":
        yield "count", {"count": 0}


@scenario("requests.unknown-ids", changes=False)
def unknown_ids(probe: Probe) -> None:
    """An identifier that does not exist is an error."""
    for operation_id, start in (
        ("get_run_status", "For an unknown run, the response is an error with status 404."),
        ("get_tool", "A tool that the registry does not know is reported as an error"),
    ):
        if probe.has(operation_id):
            exchange = probe.call(operation_id, probe.new_id("unknown"))
            rule = probe.sentence(operation_id, start)
            probe.expect_error(operation_id, exchange, "an unknown identifier", rule, (404,))
    if probe.has("get_run_result"):
        exchange = probe.call("get_run_result", probe.new_id("unknown"))
        rule = probe.sentence("get_run_result", "For a run that is unknown or has not ended")
        probe.expect_error("get_run_result", exchange, "an unknown run", rule)
    if probe.has("stream_run_events"):
        exchange = probe.call("stream_run_events", probe.new_id("unknown"))
        rule = "The stream could not be opened, because the run is unknown"
        if exchange.status != 501:  # support is optional
            probe.expect_error("stream_run_events", exchange, "an unknown run", rule)


@scenario("requests.content-type")
def content_type(probe: Probe) -> None:
    """A body of another media type is not taken for JSON."""
    for operation in probe.contract.operations.values():
        if operation.request_schema is None:
            continue
        arguments = [probe.new_id("type")] * operation.path.count("{")
        body = json.dumps({**body_of(operation.id, probe), "extensions": 1}).encode()
        exchange = probe.call(
            operation.id, *arguments, raw=body, headers={"Content-Type": "text/plain"}
        )
        if 200 <= exchange.status < 300 or exchange.status >= 500:
            message = f"a body of text/plain gets status {exchange.status}"
            probe.report(operation, exchange, message, "requestBody", Severity.WARNING)
