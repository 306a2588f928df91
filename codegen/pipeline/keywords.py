"""What the pipeline understands. Anything else is an error: nothing is dropped silently."""

from __future__ import annotations

from .problem import ContractError
from .resolve import Node

ANNOTATIONS = frozenset(
    {
        "title", "summary", "description", "example", "examples", "deprecated", "readOnly",
        "writeOnly", "externalDocs", "xml", "$comment", "$schema", "$id", "default", "tags",
    }
)  # fmt: skip
SCHEMA = frozenset(
    {
        "$ref", "$defs", "definitions", "type", "enum", "const", "properties", "required",
        "additionalProperties", "patternProperties", "items", "minItems", "maxItems",
        "minProperties", "maxProperties", "minLength", "maxLength", "minimum", "maximum",
        "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "pattern", "format", "nullable",
        "oneOf", "anyOf", "allOf", "discriminator", "contentMediaType",
    }
)  # fmt: skip
DOCUMENT = frozenset({"openapi", "info", "paths", "components", "security", "servers"})
PATH = frozenset({"parameters", "get", "put", "post", "delete", "patch", "head", "options", "$ref"})
OPERATION = frozenset({"operationId", "parameters", "requestBody", "responses", "security"})
PARAMETER = frozenset({"name", "in", "required", "schema", "style", "explode", "allowReserved"})
BODY = frozenset({"content", "required"})
RESPONSE = frozenset({"content", "headers"})
MEDIA = frozenset({"schema", "itemSchema", "encoding"})
SECURITY_SCHEMES = frozenset({"http", "apiKey", "oauth2", "openIdConnect"})


def expect_keys(node: Node, known: frozenset[str]) -> None:
    """Refuse a member that the pipeline does not understand."""
    for key, child in node.items():
        if key not in known and key not in ANNOTATIONS and not key.startswith("x-"):
            raise ContractError(child, f"`{key}` is not supported")
