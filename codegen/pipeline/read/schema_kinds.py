"""The kinds of schemas: object, union, null and so on."""

from __future__ import annotations

from itertools import chain
from typing import Any

from pipeline.errors import ContractError
from pipeline.load.keywords import annotations_of, is_annotation
from pipeline.load.references import Node

_IMPLIED = (
    ("object", ("properties", "additionalProperties", "patternProperties", "required")),
    ("object", ("minProperties", "maxProperties", "unevaluatedProperties", "propertyNames")),
    ("array", ("items", "prefixItems", "minItems", "maxItems")),
    ("string", ("pattern", "minLength", "maxLength")),
    ("number", ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
)
# Schemas without these do not allow null, besides by a list of types.
_NULLS = frozenset({"nullable", "oneOf", "anyOf", "allOf", "enum"})


def without_null(node: Node, above: tuple[Node, ...] = ()) -> tuple[Node, bool]:
    """Return the schema without its null (3.0: `nullable`; 3.1: a type or a variant `null`)."""
    if node.value.keys().isdisjoint(_NULLS) and not isinstance(node.value.get("type"), list):
        return node, False
    value = dict(node.value)
    nullable = node.flag("nullable")
    value.pop("nullable", None)
    kinds = value.get("type")
    if isinstance(kinds, list):
        nullable = nullable or "null" in kinds
        rest = [kind for kind in kinds if kind != "null"]
        value["type"] = rest[0] if len(rest) == 1 else rest or "null"
        if len(rest) > 1 and not value.keys() & {"enum", "const", "oneOf", "anyOf", "allOf"}:
            described = annotations_of(value)
            value = {**described, "anyOf": [{**value, "type": kind} for kind in rest]}
    # Strictly, every part would have to allow null. Authors mean that the whole may be null.
    for part in map(Node.follow, node.elements("allOf")):
        if isinstance(part.value, dict) and part not in above:
            nullable = without_null(part, (*above, node))[1] or nullable
    for key in ("oneOf", "anyOf"):
        nulls = [is_null(variant) for variant in node.elements(key)]
        if nulls and all(nulls):
            described = annotations_of(value)
            return node.with_value({**described, "type": "null"}), False
        nullable = nullable or any(nulls)
    choices = value.get("enum")
    if isinstance(choices, list) and None in choices and (nullable or kinds is None):
        nullable = True
        value["enum"] = [item for item in choices if item is not None] or [None]
    return _enumeration(node.with_value(value)), nullable


def _enumeration(node: Node) -> Node:
    """Return a union of constants as an enumeration."""
    variants = [each.follow() for each in node.elements("oneOf") if not is_null(each)]
    values: list[Any] = []
    for variant in variants:
        if not isinstance(variant.value, dict):
            return node
        constants = variant.value.get("enum", [variant.value.get("const")])
        binding = {key for key in variant.value if not is_annotation(key)}
        if not binding <= {"type", "enum", "const"} or type(constants[0]) not in (str, int):
            return node
        values += constants
    if not values or len({type(value) for value in values}) > 1:
        return node
    rest = {key: each for key, each in node.value.items() if key != "oneOf"}
    kind = "string" if isinstance(values[0], str) else "integer"
    return node.with_value({**rest, "type": kind, "enum": list(dict.fromkeys(values))})


def is_null(node: Node) -> bool:
    """Return whether a schema allows null only."""
    value = node.follow().value
    if not isinstance(value, dict):
        return False
    constants = [value["const"]] if "const" in value else value.get("enum")
    return value.get("type") == "null" or constants == [None]


def is_empty(node: Node) -> bool:
    """Return whether a schema has nothing but annotations, such as `{}`."""
    value = node.value
    return value is True or (isinstance(value, dict) and all(map(is_annotation, value)))


def is_object(node: Node) -> bool:
    """Return whether a schema is one of objects only."""
    return kind_of(node) == "object"


def has_properties(node: Node) -> bool:
    """Return whether it is an object with declared properties, or one that cannot have any."""
    if not is_object(node):
        return False
    closed = node.value.get("additionalProperties") is False
    return bool(node.value.get("properties")) or (closed and "patternProperties" not in node)


def kind_of(node: Node) -> str | list[str]:
    """Return the `type` of a schema, or the type that its keywords imply, or an empty string."""
    if "type" in node:
        kind: str | list[str] = node.value["type"]
        return kind
    for implied, keys in _IMPLIED:
        if not node.value.keys().isdisjoint(keys):
            return implied
    return ""


def required_groups(node: Node) -> list[Node]:
    """Return the variants of `anyOf: [{required: [a]}, {required: [b]}]`, or nothing."""
    variants = node.elements("anyOf")
    if all(isinstance(v.value, dict) and set(v.value) == {"required"} for v in variants):
        return variants
    return []


def excluded_groups(node: Node) -> list[list[str]]:
    """Return the sets of properties that cannot be present together, of the `not` under a schema.

    Raises:
        ContractError: If it excludes anything else.
    """
    excluded = node.get("not")
    if excluded is None:
        return []
    value = excluded.value if isinstance(excluded.value, dict) else {}
    key = next((key for key in ("anyOf", "allOf") if key in value), "")
    parts = value[key] if key else [value]
    alone = all(isinstance(part, dict) and set(part) == {"required"} for part in parts)
    if not alone or len(value) > 1:
        what = "`not` is supported of sets of `required` properties only"
        raise ContractError(excluded, what)
    groups: list[list[str]] = [part["required"] for part in parts]
    return [list(chain(*groups))] if key == "allOf" else groups


def is_union(node: Node) -> bool:
    """Return whether a schema is a union of variants."""
    return "oneOf" in node or ("anyOf" in node and not required_groups(node))


def reference_in_mapping(target: Node) -> str:
    """Return the reference in a discriminator's mapping, which may be the name of a schema."""
    value: str = target.value
    document = target.library.node(target.path)
    components = document.get("components")
    schemas = components.get("schemas") if components is not None else None
    known = schemas is not None and value in schemas
    return f"#/components/schemas/{value}" if known else value
