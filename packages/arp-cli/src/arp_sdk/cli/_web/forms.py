"""Forms: fields from the JSON Schema of a tool, and values from what a browser sends."""

from __future__ import annotations

import json
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from starlette.requests import Request

from arp_sdk.cli._operations.tool_arguments import typed

_KINDS = {"integer": "number", "number": "number", "boolean": "boolean", "string": "text"}


class Field(NamedTuple):
    """A field of a form.

    Attributes:
        name: The argument.
        kind: `text`, `number`, `boolean`, `choice` or `json`.
        value: What the user has entered before.
    """

    name: str
    kind: str
    required: bool
    doc: str
    choices: tuple[str, ...]
    value: str


def fields_of(schema: dict[str, Any], entered: dict[str, str]) -> list[Field]:
    """Return the fields for the arguments that a JSON Schema declares."""
    properties = schema.get("properties")
    required = schema.get("required")
    required = required if isinstance(required, list) else []
    found = []
    for name, declared in (properties if isinstance(properties, dict) else {}).items():
        declared = declared if isinstance(declared, dict) else {}
        type_, values = declared.get("type"), declared.get("enum")
        kind = _KINDS.get(type_, "json") if isinstance(type_, str) else "json"
        choices: tuple[str, ...] = ()
        if isinstance(values, list) and all(isinstance(each, str) for each in values):
            kind, choices = "choice", tuple(values)
        doc = str(declared.get("description") or declared.get("title") or "")
        found.append(Field(name, kind, name in required, doc, choices, entered.get(name, "")))
    return found


def arguments_of(fields: list[Field], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments that the user has entered; an empty optional field is absent."""
    values: dict[str, Any] = {}
    for field in fields:
        if not field.value and not (field.required and field.kind == "text"):
            continue
        if field.kind == "json":
            try:
                values[field.name] = json.loads(field.value)
            except ValueError:
                values[field.name] = typed(field.value, schema["properties"].get(field.name) or {})
        else:
            values[field.name] = typed(field.value, schema["properties"][field.name])
    return values


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a form."""
    body = (await request.body()).decode(errors="replace")
    return dict(parse_qsl(body, keep_blank_values=True))
