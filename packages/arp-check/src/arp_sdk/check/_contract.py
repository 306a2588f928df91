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

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from ._exchange import Exchange

SERVICES = ("daemon", "runtime", "tool-registry")
_BASE = "arp:"
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
    def success(self) -> int:
        """The status of a success."""
        return next(int(status) for status in self.definition["responses"] if status[0] == "2")

    @property
    def streams(self) -> bool:
        """True if a success is a stream of events."""
        return "text/event-stream" in self._content(str(self.success))

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


class Contract:
    """The contract of one service."""

    def __init__(self, service: str) -> None:
        package = f"arp_sdk.{service.replace('-', '_')}"
        text = files(package).joinpath("openapi.json").read_text("utf-8")
        # Absolute references, so that each schema can be used by itself.
        self._document: dict[str, Any] = json.loads(text.replace('"#/', f'"{_BASE}#/'))
        resource: Resource[Any] = DRAFT202012.create_resource(self._document)
        self._registry: Registry[Any] = Registry().with_resource(_BASE, resource)
        self.operations = {each.id: each for each in self._operations()}

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

    def errors(self, schema: Mapping[str, Any], value: Any) -> list[tuple[str, str, str]]:
        """Return the violations of a schema: path in the value, message, place in the contract."""
        validator = Draft202012Validator(schema, registry=self._registry, format_checker=_FORMATS)
        found: list[tuple[str, str, str]] = []
        for error in validator.iter_errors(value):
            description = (
                error.schema.get("description", "") if isinstance(error.schema, dict) else ""
            )
            message = error.message if len(error.message) < 200 else f"{error.message[:200]} ..."
            found.append((error.json_path, message, description))
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
            if exchange.content_type != "text/event-stream":
                yield f"the response is {exchange.content_type or 'of no type'}, not a stream", rule
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
        name = schema.get("$ref", "").rpartition("/")[2]
        for path, message, description in self.errors(schema, exchange.json):
            yield f"{path}: {message}", f"{name} {path}: {description}".rstrip(": ")


@lru_cache
def contract_of(service: str) -> Contract:
    """Return the contract of a service."""
    return Contract(service)
