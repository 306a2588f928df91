"""Schemas for the strict mode of OpenAI, in which a model's arguments always fit the schema."""

from __future__ import annotations

import re
from typing import Any

from arp_sdk.errors import ArpValidationError

from .json_schema import BESIDE_ROOT, Schema, references, resolved

_KEYWORDS = {
    "type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf",
    "$ref", "$defs", "definitions", "title", "description", "pattern", "format", "multipleOf",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems",
}  # fmt: skip
# They do not say which values are valid.
_ANNOTATIONS = {"default", "examples", "deprecated", "readOnly", "writeOnly", "$comment", "$schema",
                "$id"}  # fmt: skip
_FORMATS = {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}
_REFERENCE = re.compile(r"#(/(\$defs|definitions)/[^/]+)?")
_LOOKAROUND = re.compile(r"(?<!\\)\(\?<?[=!]")
_MOST_PROPERTIES, _MOST_VALUES, _DEEPEST = 5000, 1000, 10


def strict_schema(schema: Schema, subject: str, nullable: bool) -> Schema:
    """Return a schema for the strict mode.

    If `nullable`, an optional property may become a required one that may be null.

    Raises:
        ArpValidationError: If the strict mode cannot express the schema.
    """
    return _Strict(schema, subject, nullable).root()


class _Strict:
    def __init__(self, schema: Schema, subject: str, nullable: bool) -> None:
        self._schema, self._subject, self._nullable = schema, subject, nullable
        self._properties = self._values = 0

    def root(self) -> Schema:
        at_root = sorted(self._schema.keys() & {*BESIDE_ROOT})
        if at_root:
            raise self._refusal("$", f"it has {', '.join(at_root)} at its root")
        for reference in references(self._schema):
            if not _REFERENCE.fullmatch(reference):
                raise self._refusal("$", f"it has the reference {reference}")
            if not isinstance(resolved(self._schema, reference), dict):
                raise self._refusal("$", f"it does not contain {reference}")
        return self._convert(self._schema, "$", 1)

    def _refusal(self, path: str, reason: str) -> ArpValidationError:
        message = f"the strict mode of OpenAI cannot express the schema: {reason}"
        return ArpValidationError(message, subject=f"tool {self._subject}", path=path)

    def _convert(self, schema: Any, path: str, depth: int) -> Schema:
        if not isinstance(schema, dict):
            raise self._refusal(path, "it accepts any value or none")
        other = sorted(schema.keys() - _KEYWORDS - _ANNOTATIONS)
        if other:
            raise self._refusal(path, f"it has {', '.join(other)}")
        if depth > _DEEPEST:
            raise self._refusal(path, f"it is nested in more than {_DEEPEST} levels")
        if not schema.keys() & {"type", "enum", "const", "anyOf", "$ref"}:
            raise self._refusal(path, "it has no type")
        if schema.get("format", "date") not in _FORMATS:
            raise self._refusal(path, f"it has the format {schema['format']}")
        if _LOOKAROUND.search(schema.get("pattern", "")):
            raise self._refusal(path, "its pattern looks ahead or behind")
        self._values += len(schema.get("enum", ()))
        if self._values > _MOST_VALUES:
            raise self._refusal(path, f"its enums have more than {_MOST_VALUES} values")
        result = {key: value for key, value in schema.items() if key not in _ANNOTATIONS}
        for key in ("$defs", "definitions"):
            if key in schema:
                result[key] = {
                    name: self._convert(each, f"{path}.{key}.{name}", 1)
                    for name, each in schema[key].items()
                }
        if "anyOf" in schema:
            result["anyOf"] = [
                self._convert(each, f"{path}.anyOf[{index}]", depth)
                for index, each in enumerate(schema["anyOf"])
            ]
        types = schema.get("type", ())
        if "array" in types or "items" in schema:
            result["items"] = self._convert(schema.get("items"), f"{path}.items", depth + 1)
        if "object" in types or "properties" in schema:
            result.update(self._object(schema, path, depth))
        if "$ref" in result and len(result) > 1:
            # A reference must be alone.
            result["anyOf"] = [{"$ref": result.pop("$ref")}]
        return result

    def _object(self, schema: Schema, path: str, depth: int) -> Schema:
        if schema.get("additionalProperties", False) is not False:
            raise self._refusal(path, "it has additionalProperties")
        properties, required = schema.get("properties", {}), schema.get("required", ())
        if "additionalProperties" not in schema and not properties:
            raise self._refusal(path, "it is an object with any properties")
        unknown = [name for name in required if name not in properties]
        if unknown:
            raise self._refusal(path, f"it requires {unknown[0]}, whose type it does not give")
        self._properties += len(properties)
        if self._properties > _MOST_PROPERTIES:
            raise self._refusal(path, f"it has more than {_MOST_PROPERTIES} properties")
        converted: Schema = {}
        for name, inner in properties.items():
            at = f"{path}.properties.{name}"
            converted[name] = self._convert(inner, at, depth + 1)
            if name not in required:
                if not self._nullable:
                    raise self._refusal(at, "it is optional; strict=True makes it nullable instead")
                converted[name] = _nullable(converted[name], self._schema)
        return {"properties": converted, "required": list(converted), "additionalProperties": False}


def accepts_null(schema: Any, root: Schema, depth: int = 0) -> bool:
    """Return whether null may be valid, as far as a look at the schema shows."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return schema is not False
    types = schema.get("type", "null")
    if "null" not in ([types] if isinstance(types, str) else types):
        return False
    if schema.get("const") is not None or None not in (schema.get("enum") or [None]):
        return False
    if "$ref" in schema and not accepts_null(resolved(root, schema["$ref"]), root, depth + 1):
        return False
    return all(
        any(accepts_null(each, root, depth + 1) for each in schema[key])
        for key in ("anyOf", "oneOf")
        if isinstance(schema.get(key), list)
    )


def _nullable(schema: Schema, root: Schema) -> Schema:
    if accepts_null(schema, root):
        return schema
    description = {key: schema[key] for key in ("description",) if key in schema}
    inner = {key: value for key, value in schema.items() if key != "description"}
    alternatives = inner["anyOf"] if inner.keys() == {"anyOf"} else [inner]
    return {**description, "anyOf": [*alternatives, {"type": "null"}]}


def without_nulls(schema: Any, value: Any, root: Schema, depth: int = 0) -> Any:
    """Return a value without the nulls that stand for absent optional properties."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return value
    if isinstance(schema.get("$ref"), str):
        schema = resolved(root, schema["$ref"]) or {}
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        return [without_nulls(schema["items"], each, root, depth + 1) for each in value]
    properties = schema.get("properties")
    if not isinstance(value, dict) or not isinstance(properties, dict):
        return value
    required = schema.get("required") or ()
    return {
        name: without_nulls(properties.get(name), each, root, depth + 1)
        for name, each in value.items()
        if each is not None
        or name in required
        or name not in properties
        or accepts_null(properties[name], root)
    }
