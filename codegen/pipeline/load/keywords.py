"""The keywords that the pipeline understands. Any other is an error: none is dropped silently."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

# These describe and do not bind. `default` and `deprecated` go into the documentation.
ANNOTATIONS = frozenset(
    {
        "title", "summary", "description", "example", "examples", "deprecated", "readOnly",
        "writeOnly", "externalDocs", "xml", "default", "tags", "$comment", "$schema", "$id",
        "$defs", "definitions", "contentMediaType", "contentEncoding", "contentSchema",
    }
)  # fmt: skip

# The extensions (../../spec/README.md), each allowed where the sets below name it. Other `x-*` keys
# are annotations; an unknown `x-arp-*` key is a spelling mistake.
ENUM_DOCS = "x-enum-descriptions"
ITEM_SCHEMA = "x-item-schema"
FORMATS = "x-arp-formats"
IDEMPOTENCY = "x-arp-idempotency"
PAGEABLE = "x-arp-pageable"
LONG_RUNNING = "x-arp-long-running"
EVENT_STREAM = "x-arp-stream"
LEASE = "x-arp-lease"
INVOKE = "x-arp-invoke"
_OF_OPERATIONS = frozenset({IDEMPOTENCY, PAGEABLE, LONG_RUNNING, EVENT_STREAM, LEASE, INVOKE})
_EXTENSIONS = _OF_OPERATIONS | {ENUM_DOCS, ITEM_SCHEMA, FORMATS}
_OWN_PREFIX = "x-arp-"

DOCUMENT = frozenset(
    {
        "openapi", "info", "paths", "components", "security", "servers", "webhooks",
        "jsonSchemaDialect",
    }
)  # fmt: skip
PATH = frozenset(
    {"servers", "parameters", "get", "put", "post", "delete", "patch", "head", "options", "trace"}
)
OPERATION = _OF_OPERATIONS | {
    "operationId", "parameters", "requestBody", "responses", "security", "callbacks", "servers",
}  # fmt: skip
PARAMETER = frozenset(
    {
        "name",
        "in",
        "required",
        "schema",
        "content",
        "style",
        "explode",
        "allowReserved",
        "allowEmptyValue",
    }
)
BODY = frozenset({"content", "required"})
# The raw response has all headers, whether or not they are declared.
RESPONSE = frozenset({"content", "headers", "links"})
# `encoding` is for forms, and for others without meaning.
MEDIA = frozenset({"schema", "encoding"})
ENCODING = frozenset({"contentType", "style", "explode", "allowReserved"})
STREAM = MEDIA | {"itemSchema", ITEM_SCHEMA}

# The keywords of a schema, by its kind.
# The values say it all.
ENUMERATION = frozenset({"type", "enum", "format", "allOf", "oneOf", "anyOf", ENUM_DOCS})
CONSTANT = frozenset({"type", "const"})
STRING = frozenset({"type", "format", "pattern", "minLength", "maxLength"})
NUMBER = frozenset(
    {
        "type", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
        "multipleOf",
    }
)  # fmt: skip
ARRAY = frozenset({"type", "items", "prefixItems", "minItems", "maxItems", "uniqueItems"})
MAP = frozenset(
    {
        "type",
        "additionalProperties",
        "patternProperties",
        "propertyNames",
        "minProperties",
        "maxProperties",
    }
)
# A constraint on values of another type has no effect.
TYPED = STRING | NUMBER | ARRAY | MAP | {"required", "properties", "unevaluatedProperties"}
OBJECT = (STRING | NUMBER | ARRAY) | {
    "properties", "required", "additionalProperties", "unevaluatedProperties", "anyOf",
    "minProperties", "not", FORMATS,
}  # fmt: skip
COMBINED = (OBJECT | {"allOf", "discriminator"}) - {"minProperties"}
UNION = frozenset({"type", "format", "oneOf", "anyOf", "discriminator"})


_REJECTED = frozenset(
    {
        "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef",
        "$vocabulary", "if", "then", "else", "dependentSchemas", "dependentRequired",
        "dependencies", "contains", "minContains", "maxContains",
        "unevaluatedItems", "additionalItems", "itemSchema",
    }
)  # fmt: skip
_OF_SCHEMAS = frozenset().union(
    ENUMERATION, CONSTANT, TYPED, COMBINED, UNION, ANNOTATIONS, _EXTENSIONS, _REJECTED,
    {"$ref", "nullable"},
)  # fmt: skip


def annotations_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a schema that describes and does not bind."""
    return {key: value for key, value in schema.items() if is_annotation(key)}


def is_annotation(key: str) -> bool:
    """Return whether a key describes and does not bind."""
    if key in ANNOTATIONS:
        return True
    return key.startswith("x-") and key not in _EXTENSIONS and not key.startswith(_OWN_PREFIX)


@lru_cache
def is_foreign(key: str) -> bool:
    """Return whether a schema may have a keyword because it is that of other software.

    One that is nearly a keyword of JSON Schema is a mistake.
    """
    if key in _OF_SCHEMAS or key.startswith(_OWN_PREFIX):
        return False
    plain = [known.lower() for known in _OF_SCHEMAS]
    return not get_close_matches(key.lower().replace("_", ""), plain, cutoff=0.75)
