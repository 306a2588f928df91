"""The contract as data: operations, the responses they declare, and the schemas of bodies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from ._exchange import Exchange

_LINES = {
    "arp_sdk": ("daemon", "runtime", "tool-registry"),
    "arp_sdk.v0_3": (
        "run-gateway",
        "run-coordinator",
        "atomic-executor",
        "composite-executor",
        "node-registry",
        "selection",
        "pdp",
    ),
}
_PACKAGES = {
    service: f"{namespace}.{service.replace('-', '_')}"
    for namespace, services in _LINES.items()
    for service in services
}
SERVICES = tuple(_PACKAGES)
_BASE = "arp:"
_STREAMS = ("text/event-stream", "application/x-ndjson")
_FORMATS = FormatChecker(["date-time"])


@dataclass(frozen=True)
class Operation:
    """An operation of a service.

    Attributes:
        id: Its `operationId`.
        method: Its method, in capitals.
        path: Its path, with names in braces.
        definition: Its definition in the contract.
        is_public: True if it needs no token.
    """

    id: str
    method: str
    path: str
    definition: Mapping[str, Any]
    is_public: bool

    def at(self, *arguments: str) -> str:
        """Return the path with arguments in place of the names."""
        values = iter(arguments)
        return re.sub(r"\{\w+\}", lambda _: quote(next(values), safe=""), self.path)

    @property
    def parameters(self) -> list[str]:
        """The names in the path."""
        return re.findall(r"\{(\w+)\}", self.path)

    @property
    def success(self) -> int:
        """The status of a success."""
        return next(int(status) for status in self.definition["responses"] if status[0] == "2")

    @property
    def media_type(self) -> str:
        """The media type of a success, or an empty string if it has no body."""
        return next(iter(self._content(str(self.success))), "")

    @property
    def streams(self) -> bool:
        """True if a success is a stream of events."""
        return self.media_type in _STREAMS

    @property
    def is_optional(self) -> bool:
        """True if a service need not support it."""
        return "Support is optional" in self.definition["description"]

    def is_missing(self, exchange: Exchange) -> bool:
        """Return True if a service responds that it does not support what is optional."""
        return exchange.status == 501 and self.is_optional

    @property
    def body_schema(self) -> Mapping[str, Any]:
        """Schema of the body of a success, or of each event of a stream."""
        media = self._content(str(self.success)).get(self.media_type, {})
        schema: Mapping[str, Any] = media.get("x-item-schema", media.get("schema", {}))
        return schema

    @property
    def sentences(self) -> list[str]:
        """The sentences of the contract about the operation."""
        failure = self.definition["responses"]["default"]["description"]
        return [*_sentences(self.definition["description"]), *_sentences(failure)]

    @property
    def request_schema(self) -> Mapping[str, Any] | None:
        """Schema of the request body, or None."""
        body = self.definition.get("requestBody")
        schema: Mapping[str, Any] | None = body and body["content"]["application/json"]["schema"]
        return schema

    def response_schema(self, status: int) -> Mapping[str, Any] | None:
        """Return the schema of a response body, or None if the response has no JSON body."""
        declared = str(status) if str(status) in self.definition["responses"] else "default"
        media = self._content(declared).get("application/json")
        return None if media is None else media["schema"]

    def _content(self, status: str) -> Mapping[str, Any]:
        content: Mapping[str, Any] = self.definition["responses"][status].get("content", {})
        return content


@dataclass(frozen=True)
class Runs:
    """The operations and the states of runs, as `x-arp-long-running` says.

    Attributes:
        submit: The operation that starts a run.
        status: The operation that returns the state of a run.
        id: Property with the identifier of a run.
        state: Property with the state of a run.
        final: The states in which a run has ended.
        overtaken: Those that may still become another final state.
        order: The rank of each state.
        result: The operation that returns what a run produced, or None.
        result_of: Property of a run whose value identifies the result.
        ok: Property of a result that says if the run succeeded, or None.
        cancel: The operation that cancels a run, or None.
        events: The operation that streams the events of a run, or None.
    """

    submit: str
    status: str
    id: str
    state: str
    final: frozenset[str]
    overtaken: frozenset[str]
    order: Mapping[str, int]
    result: str | None
    result_of: str
    ok: str | None
    cancel: str | None
    events: str | None


class Contract:
    """The contract of one service."""

    def __init__(self, service: str) -> None:
        text = files(_PACKAGES[service]).joinpath("openapi.json").read_text("utf-8")
        # Absolute references, so that each schema can be used by itself.
        self._document: dict[str, Any] = json.loads(text.replace('"#/', f'"{_BASE}#/'))
        resource: Resource[Any] = DRAFT202012.create_resource(self._document)
        self._registry: Registry[Any] = Registry().with_resource(_BASE, resource)
        self.operations = {each.id: each for each in self._operations()}
        self.runs = next(filter(None, map(self._runs, self.operations.values())), None)

    def has(self, need: str) -> bool:
        """Return whether the service has an operation, or one for something about runs."""
        return need in self.operations or bool(getattr(self.runs, need, None))

    def _runs(self, operation: Operation) -> Runs | None:
        facts = operation.definition.get("x-arp-long-running")
        if facts is None:
            return None
        status = self.operations[facts["status"]]
        states = self.resolved(self.properties(status)[facts["state"]])["enum"]
        final = frozenset(facts["final"])
        result = facts["result"]
        if isinstance(result, str):
            result = {"operation": result, "of": facts["id"]}
        return Runs(
            submit=operation.id,
            status=status.id,
            id=facts["id"],
            state=facts["state"],
            final=final,
            overtaken=frozenset(facts.get("overtaken", ())),
            order={name: len(states) if name in final else i for i, name in enumerate(states)},
            result=None if "service" in result else result["operation"],
            result_of=result["of"],
            ok=facts["ok"] if isinstance(facts["ok"], str) else None,
            cancel=self._existing(facts.get("cancel", {}).get("operation")),
            events=self._existing(facts.get("events")),
        )

    def _operations(self) -> Iterator[Operation]:
        for path, item in self._document["paths"].items():
            for method, definition in item.items():
                responses = {
                    status: self.resolved(response)
                    for status, response in definition["responses"].items()
                }
                yield Operation(
                    definition["operationId"],
                    method.upper(),
                    path,
                    {**definition, "responses": responses},
                    definition.get("security") == [],
                )

    def _existing(self, operation_id: str | None) -> str | None:
        return operation_id if operation_id in self.operations else None

    def resolved(self, value: Any) -> Any:
        """Return a part of the contract, or what it refers to."""
        while "$ref" in value:
            found: Any = self._document
            for key in value["$ref"].removeprefix(f"{_BASE}#/").split("/"):
                found = found[key]
            value = found
        return value

    def schema(self, name: str) -> Mapping[str, Any]:
        """Return a schema of the contract, by its name."""
        return {"$ref": f"{_BASE}#/components/schemas/{name}"}

    def document(self) -> dict[str, Any]:
        """Return the contract without authentication, with references that are relative to it."""
        text = json.dumps(self._document).replace(f'"{_BASE}#/', '"#/')
        document: dict[str, Any] = json.loads(text)
        for item in (
            document,
            *(each for path in document["paths"].values() for each in path.values()),
        ):
            item.pop("security", None)
        return document

    def failures(self, schema: Mapping[str, Any], value: Any) -> Iterator[ValidationError]:
        """Yield the violations of a schema."""
        validator = Draft202012Validator(schema, registry=self._registry, format_checker=_FORMATS)
        yield from validator.iter_errors(value)

    def properties(self, operation: Operation) -> Mapping[str, Any]:
        """Return the properties of a success, or of each event of a stream."""
        properties: Mapping[str, Any] = self.resolved(operation.body_schema).get("properties", {})
        return properties

    def rule(self, operation_id: str, name: str, value: str = "") -> str:
        """Return what the contract says about a property of a success, or about a value of it."""
        definition = self.properties(self.operations[operation_id])[name]
        named = self.resolved(definition)
        if value:
            return str(named["x-enum-descriptions"][value])
        if named is not definition:
            return _sentences(named["description"])[-1]
        return _sentences(definition["description"])[0]

    def errors(self, schema: Mapping[str, Any], value: Any) -> list[tuple[str, str, str]]:
        """Return the violations of a schema: path in the value, message, place in the contract."""
        found: list[tuple[str, str, str]] = []
        for error in self.failures(schema, value):
            message = error.message if len(error.message) < 200 else f"{error.message[:200]} ..."
            found.append((error.json_path, message, description_of(error)))
        return found

    def violations(self, operation: Operation, exchange: Exchange) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with a response by itself: a message, and the rule."""
        rule = f"{operation.method} {operation.path}, responses"
        if exchange.status == 0:
            yield exchange.body.decode(), rule
            return
        success = 200 <= exchange.status < 300
        if success and exchange.status != operation.success:
            yield f"the status is {exchange.status} instead of {operation.success}", rule
            return
        if not success and exchange.status < 400:
            yield f"the status is {exchange.status}, which the contract does not declare", rule
            return
        if success and operation.streams:
            if exchange.content_type != operation.media_type:
                found = exchange.content_type or "of no type"
                yield f"the response is {found}, not {operation.media_type}", rule
            return
        schema = operation.response_schema(exchange.status)
        if schema is None:
            if exchange.body:
                yield "the response has a body", "The response has no body."
            return
        if exchange.content_type != "application/json":
            yield f"the response is {exchange.content_type or 'of no type'}, not JSON", rule
            return
        if exchange.json is None:
            yield "the body is not valid JSON", rule
            return
        yield from self.mismatches(schema, exchange.json)

    def mismatches(self, schema: Mapping[str, Any], value: Any) -> Iterator[tuple[str, str]]:
        """Yield where a value does not fit its schema: a message, and the rule.

        All properties that are null are one violation, and so are all items of a list.
        """
        name = schema.get("$ref", "").rpartition("/")[2]
        nulls: list[str] = []
        for path, message, description in self.errors(schema, value):
            place = re.sub(r"\[\d+\]", "[]", path)
            if message.startswith("None is not of type"):
                nulls += [place] * (place not in nulls)
            else:
                yield f"{path}: {message}", f"{name} {place}: {description}".strip(": ")
        if nulls:
            rule = f"{name or 'Body'}: a property without a value is absent."
            yield f"null instead of absent: {', '.join(nulls)}", rule


def description_of(error: ValidationError) -> str:
    """Return the description of the schema that a value violates, or an empty string."""
    return str(error.schema.get("description", "")) if isinstance(error.schema, dict) else ""


def _sentences(text: str) -> list[str]:
    return " ".join(text.split()).replace("? ", "?\n").replace(". ", ".\n").split("\n")


@lru_cache
def contract_of(service: str) -> Contract:
    """Return the contract of a service."""
    return Contract(service)
