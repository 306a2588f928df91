"""Arguments of tools: text -> values of the types that a JSON Schema declares."""

from __future__ import annotations

import json
from typing import Any

import click


def parse_arguments(arguments: tuple[str, ...], schema: dict[str, Any]) -> dict[str, Any]:
    """Return arguments such as `days=3` as values of the types that a JSON Schema declares."""
    values: dict[str, Any] = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{argument!r} is not of the form NAME=VALUE")
        if name.endswith(":"):
            values[name[:-1]] = _json(value, argument)
        else:
            properties = schema.get("properties")
            declared = properties.get(name) if isinstance(properties, dict) else None
            values[name] = typed(value, declared if isinstance(declared, dict) else {})
    return values


def typed(value: str, schema: dict[str, Any]) -> Any:
    """Return a text as the value that a JSON Schema declares: text, or else the JSON in it."""
    types = _types(schema)
    if "string" in types and (types == {"string"} or not types & _literal_types(value)):
        return value
    try:
        return json.loads(value)
    except ValueError:
        # Not JSON: it is text, which the check against the schema refuses if it must.
        return value


def _types(schema: dict[str, Any]) -> set[str]:
    """Return the types that a schema allows, or those of text for one that does not say."""
    declared = schema.get("type")
    found = {declared} if isinstance(declared, str) else {*(declared or ())}
    for keyword in ("anyOf", "oneOf"):
        for each in schema.get(keyword) or ():
            found |= _types(each) if isinstance(each, dict) else set()
    return {str(each) for each in found} or {"string"}


def _literal_types(value: str) -> set[str]:
    """Return the JSON types, other than text, that a value is a literal of."""
    try:
        literal = json.loads(value)
    except ValueError:
        return set()
    names: dict[type, set[str]] = {
        bool: {"boolean"},
        int: {"integer", "number"},
        float: {"number"},
        list: {"array"},
        dict: {"object"},
        type(None): {"null"},
    }
    return names.get(type(literal), set())


def _json(value: str, argument: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        raise click.UsageError(f"{argument!r}: the value is not JSON") from None
