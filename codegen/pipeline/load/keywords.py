"""The keywords that the pipeline understands. Any other is an error: none is dropped silently."""

from __future__ import annotations

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

DOCUMENT = frozenset({"openapi", "info", "paths", "components", "security", "servers"})
PATH = frozenset({"parameters", "get", "put", "post", "delete", "patch", "head", "options"})
OPERATION = _OF_OPERATIONS | {
    "operationId", "parameters", "requestBody", "responses", "security",
}  # fmt: skip
PARAMETER = frozenset({"name", "in", "required", "schema", "style", "explode", "allowReserved"})
BODY = frozenset({"content", "required"})
# The raw response has all headers, whether or not they are declared.
RESPONSE = frozenset({"content", "headers"})
MEDIA = frozenset({"schema"})
STREAM = frozenset({"schema", "itemSchema", ITEM_SCHEMA})

# The keywords of a schema, by its kind.
ENUMERATION = frozenset({"type", "enum", ENUM_DOCS})
CONSTANT = frozenset({"type", "const"})
STRING = frozenset({"type", "format", "pattern", "minLength", "maxLength"})
NUMBER = frozenset(
    {
        "type", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
        "multipleOf",
    }
)  # fmt: skip
BOOLEAN = frozenset({"type"})
ARRAY = frozenset({"type", "items", "minItems", "maxItems"})
MAP = frozenset(
    {"type", "additionalProperties", "patternProperties", "minProperties", "maxProperties"}
)
OBJECT = frozenset(
    {
        "type", "properties", "required", "additionalProperties", "unevaluatedProperties", "anyOf",
        FORMATS,
    }
)  # fmt: skip
COMBINED = OBJECT | {"allOf"}
UNION = frozenset({"type", "oneOf", "anyOf", "discriminator"})


def is_annotation(key: str) -> bool:
    """Return whether a key describes and does not bind."""
    if key in ANNOTATIONS:
        return True
    return key.startswith("x-") and key not in _EXTENSIONS and not key.startswith(_OWN_PREFIX)
