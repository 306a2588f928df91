"""JSON Schemas of objects that strict readers accept.

The contract allows any JSON object as a schema. One keyword with a wrong value makes some readers
reject a whole list of tools. Such keywords are left out: they say nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

Schema = dict[str, Any]

# Below this, a schema accepts anything. Readers recurse.
_DEEPEST = 32
_ANCHOR = re.compile(r"[A-Za-z_][-A-Za-z0-9._]*")
_TYPES = {"array", "boolean", "integer", "null", "number", "object", "string"}
_COMBINED = ("allOf", "anyOf", "oneOf")
BESIDE_ROOT = (*_COMBINED, "not", "if", "then", "else", "enum", "const")


def _is_strings(value: Any) -> bool:
    strings = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return strings and len({*value}) == len(value)


def _is_type(value: Any) -> bool:
    names = value if isinstance(value, list) else [value]
    return bool(names) and _is_strings(names) and set(names) <= _TYPES


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


_PLAIN: dict[str, Callable[[Any], bool]] = {
    "type": _is_type,
    "required": _is_strings,
    "enum": lambda value: isinstance(value, list) and bool(value),
    "multipleOf": lambda value: _is_number(value) and value > 0,
    **dict.fromkeys(
        ("$ref", "$dynamicRef", "$comment", "title",
         "description", "format", "pattern", "contentEncoding", "contentMediaType"),
        lambda value: isinstance(value, str),
    ),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _is_number),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties",
         "minContains", "maxContains"),
        lambda value: type(value) is int and value >= 0,
    ),
    **dict.fromkeys(
        ("uniqueItems", "deprecated", "readOnly", "writeOnly"),
        lambda value: isinstance(value, bool),
    ),
    **dict.fromkeys(
        ("$anchor", "$dynamicAnchor"),
        lambda value: isinstance(value, str) and _ANCHOR.fullmatch(value) is not None,
    ),
    "examples": lambda value: isinstance(value, list),
    "dependentRequired": lambda value: (
        isinstance(value, dict) and all(_is_strings(each) for each in value.values())
    ),
}  # fmt: skip
_ONE = {"additionalProperties", "items", "not", "contains", "propertyNames", "if", "then", "else",
        "unevaluatedItems", "unevaluatedProperties", "contentSchema"}  # fmt: skip
# Readers keep schemas by these names, which are not unique among tools.
_DROPPED = ("$schema", "$id", "id", "$vocabulary", "$recursiveRef", "$recursiveAnchor",
            "additionalItems")  # fmt: skip
_MAPS = {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"}
_LISTS = {*_COMBINED, "prefixItems"}


def cleaned(schema: Any, depth: int = 0) -> Any:
    """Return a schema of the dialect 2020-12, without keywords whose values it does not allow."""
    if isinstance(schema, bool):
        return schema
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return {}
    result: Schema = {}
    for key, value in _renamed(schema).items():
        if key in _DROPPED:
            continue
        if key in _PLAIN:
            if _PLAIN[key](value):
                result[key] = value
        elif key in _MAPS:
            if isinstance(value, Mapping):
                result[key] = {
                    str(name): _as_object(cleaned(each, depth + 1)) for name, each in value.items()
                }
        elif key in _LISTS:
            if isinstance(value, list) and value:
                result[key] = [cleaned(each, depth + 1) for each in value]
        elif key not in _ONE:
            result[key] = value
        elif isinstance(value, (Mapping, bool)):
            result[key] = cleaned(value, depth + 1)
    return result


def _renamed(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a schema with the keywords of 2020-12 in place of those that came before them."""
    result = schema
    if isinstance(schema.get("items"), list):
        rest = {"items": schema["additionalItems"]} if "additionalItems" in schema else {}
        result = {**result, "prefixItems": schema["items"], "items": None, **rest}
    if "dependencies" in schema:
        result = {key: value for key, value in result.items() if key != "dependencies"}
        if isinstance(schema["dependencies"], Mapping):
            lists: Schema = {}
            others: Schema = {}
            for name, each in schema["dependencies"].items():
                (lists if _is_strings(each) else others)[name] = each
            result = {"dependentRequired": lists, "dependentSchemas": others, **result}
    return result


def _as_object(schema: Any) -> Schema:
    """Return a schema as an object: some readers know no other schemas of properties."""
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    result: Schema = schema
    return result


def resolved(root: Schema, pointer: str) -> Any:
    """Return what a local reference refers to, or None."""
    found: Any = root
    if not pointer.startswith("#"):
        return None
    for step in pointer[1:].split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        found = found.get(name) if isinstance(found, dict) else None
    return found


def object_schema(schema: Mapping[str, Any]) -> Schema:
    """Return the schema as one of an object: with `type` and `properties`, and no root `$ref`.

    Arguments and results of ARP are objects, whatever else a schema allows.
    """
    root: Schema = cleaned(schema)
    for _ in range(_DEEPEST):
        if "$ref" not in root:
            break
        target = resolved(root, root["$ref"])
        beside = {key: value for key, value in root.items() if key != "$ref"}
        root = {**target, **beside} if isinstance(target, dict) and target is not root else beside
    root.pop("$ref", None)
    return {**root, "type": "object", "properties": root.get("properties", {})}


def without_combinations(schema: Schema) -> Schema:
    """Return an object schema without combinations at its root, which OpenAI does not accept.

    The properties of the alternatives are kept; the description says what they must satisfy.
    """
    removed = {key: schema[key] for key in BESIDE_ROOT if key in schema}
    if not removed:
        return schema
    root = {key: value for key, value in schema.items() if key not in removed}
    properties = dict(root["properties"])
    required = list(root.get("required", ()))
    for key in _COMBINED:
        for each in schema.get(key, ()):
            if not isinstance(each, dict):
                continue
            branch = object_schema({**root, **each, "properties": each.get("properties", {})})
            for name, inner in branch["properties"].items():
                properties.setdefault(name, inner)
            if key == "allOf":
                required += [name for name in each.get("required", ()) if name not in required]
    note = (
        "The arguments must also satisfy this JSON Schema: " + msgspec.json.encode(removed).decode()
    )
    described = f"{root['description']} {note}" if "description" in root else note
    root = {**root, "properties": properties, "description": described}
    return {**root, "required": required} if required else root


def references(schema: Any) -> list[str]:
    """Return all references of a schema."""
    found: list[str] = []
    pending = [schema]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            found += [
                each[key] for key in ("$ref", "$dynamicRef") if isinstance(each.get(key), str)
            ]
            pending += each.values()
        elif isinstance(each, list):
            pending += each
    return found


def without_patterns(schema: Any) -> Any:
    """Return a schema without what only some readers understand: patterns, formats, `unevaluated*`.

    The dialects of regular expressions differ, and a pattern of another one cannot be compiled.
    """
    if not isinstance(schema, dict):
        return schema
    # The last two are keywords of a widespread validator only.
    dropped = {"pattern", "patternProperties", "format", "nullable", "$async"}
    dropped |= {"unevaluatedItems", "unevaluatedProperties"}
    if "patternProperties" in schema:
        dropped.add("additionalProperties")
    kept = {key: value for key, value in schema.items() if key not in dropped}
    for key, value in kept.items():
        if key in _MAPS:
            kept[key] = {name: without_patterns(each) for name, each in value.items()}
        elif key in _LISTS:
            kept[key] = [without_patterns(each) for each in value]
        elif key in _ONE:
            kept[key] = without_patterns(value)
    return kept
