"""Requests that break the contract, and identifiers that do not exist."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from arp_sdk.check._contract import Operation
from arp_sdk.check._probe import Probe
from arp_sdk.check._report import Severity

from .examples import body_of, undo, unknown, value_of
from .scenario import scenario

_RULE = "An error with a status from 400 to 499: the request does not fit its schema."


def _with_body(probe: Probe) -> Iterator[Operation]:
    for operation in probe.contract.operations.values():
        if operation.request_schema is not None:
            yield operation


@scenario("requests.minimal")
def minimal(probe: Probe) -> None:
    """A request with no more than what is required is accepted, or refused as the client's error.

    Whether it is accepted depends on what the service knows.
    """
    for operation in _with_body(probe):
        arguments = unknown(operation, probe)
        exchange = probe.call(operation.id, *arguments, body=body_of(operation.id, probe))
        undo(probe, operation, arguments, exchange)
        probe.expect(
            exchange.status < 500 or (exchange.status == 501 and operation.is_optional),
            operation.id,
            exchange,
            f"a valid request gets status {exchange.status}",
            f"{operation.sentences[0]} ({operation.path})",
        )


@scenario("requests.malformed")
def malformed(probe: Probe) -> None:
    """A body that does not fit its schema is refused, and has no effect."""
    for operation in _with_body(probe):
        arguments = unknown(operation, probe)
        for what, raw in _broken(probe, operation):
            exchange = probe.call(operation.id, *arguments, raw=raw)
            probe.expect_error(operation.id, exchange, what, f"{_RULE} ({what})")
            if 200 <= exchange.status < 300:
                undo(probe, operation, arguments, exchange)


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
    for name, definition in schema["properties"].items():
        for what, value in _misfits(probe, definition):
            yield f"{name}{what}", json.dumps({**valid, name: value}).encode()


def _misfits(
    probe: Probe, schema: Mapping[str, Any], limit: int | None = None
) -> Iterator[tuple[str, Any]]:
    """Yield values of the right type that do not fit a schema, each with the place and the reason.

    The objects in an object have one each.
    """
    schema = probe.contract.resolved(schema)
    wrong: list[Any] = []
    if "minimum" in schema:
        wrong.append(schema["minimum"] - 1)
    if "minItems" in schema:
        wrong.append([])
    if "enum" in schema:
        wrong.append("arp-check-unknown")
    if "patternProperties" in schema and limit is None:
        wrong.append({"-": 1})
    if schema.get("required"):
        wrong.append({})
    for value in wrong:
        yield f": {json.dumps(value)}", value
    inner = (
        (f".{name}{what}", {**value_of({**schema, "anyOf": [{}]}, probe), name: value})
        for name, definition in schema.get("properties", {}).items()
        for what, value in _misfits(probe, definition, 1)
    )
    yield from islice(inner, limit)


@scenario("requests.unknown-ids", changes=False)
def unknown_ids(probe: Probe) -> None:
    """An identifier that does not exist is an error when it is read."""
    _unknown_ids(probe, "GET")


@scenario("requests.unknown-targets")
def unknown_targets(probe: Probe) -> None:
    """An identifier that does not exist is an error when something is to be done with it."""
    _unknown_ids(probe, "POST")


def _unknown_ids(probe: Probe, method: str) -> None:
    for operation in probe.contract.operations.values():
        if operation.method != method or "{" not in operation.path:
            continue
        rule = probe.sentence(operation.id, "unknown", "does not know")
        if " may " in rule:  # either is permitted
            continue
        body = body_of(operation.id, probe) if operation.request_schema else None
        exchange = probe.call(operation.id, *unknown(operation, probe), body=body)
        probe.expect_error(operation.id, exchange, "an unknown identifier", rule)


@scenario("requests.content-type")
def content_type(probe: Probe) -> None:
    """A body of another media type is not taken for JSON."""
    for operation in _with_body(probe):
        body = json.dumps({**body_of(operation.id, probe), "extensions": 1}).encode()
        exchange = probe.call(
            operation.id,
            *unknown(operation, probe),
            raw=body,
            headers={"Content-Type": "text/plain"},
        )
        if 200 <= exchange.status < 300 or exchange.status >= 500:
            message = f"a body of text/plain gets status {exchange.status}"
            probe.report(operation, exchange, message, "requestBody", Severity.WARNING)
