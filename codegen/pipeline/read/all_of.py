"""`allOf`: several schemas that all apply, merged into one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from pipeline.errors import ContractError
from pipeline.load.documents import escaped
from pipeline.load.keywords import COMBINED, annotations_of, is_annotation
from pipeline.load.references import Node

from .schema_kinds import (
    excluded_groups,
    is_empty,
    is_null,
    is_object,
    kind_of,
    reference_in_mapping,
    required_groups,
    without_null,
)

_COMPOSITES = frozenset({"$ref", "allOf", "anyOf", "oneOf", "items", "properties"})
_UNMERGED = _COMPOSITES - {"items"}
_UNIONS = frozenset({"oneOf", "anyOf", "allOf"})
_OF_OBJECTS = frozenset(
    {"properties", "required", "additionalProperties", "allOf", "oneOf", "anyOf"}
)


@dataclass
class Merged:
    """Several object schemas, merged.

    Attributes:
        any_of: The node of the one `anyOf`, or None.
        excluded: Sets of properties that cannot be present together.
        closed: Whether a part excludes other properties.
        extra: The schema of properties besides the declared ones, or None.
    """

    properties: dict[str, Node] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    any_of: Node | None = None
    excluded: list[list[str]] = field(default_factory=list)
    closed: bool = False
    extra: Node | None = None

    @property
    def is_free_form(self) -> bool:
        """True if nothing is known of the properties."""
        empty = self.extra is None or is_empty(self.extra)
        return empty and not (self.properties or self.required or self.any_of or self.closed)


def wrapped_schema(node: Node) -> Node | None:
    """Return the one schema that an `allOf` wraps, as in OpenAPI 3.0 to describe a reference."""
    parts = _parts(node)
    return parts[0] if len(parts) == 1 and not _has_more(node) else None


def is_empty_all_of(node: Node) -> bool:
    """Return whether an `allOf` allows any value."""
    return not _parts(node) and not _has_more(node)


def _parts(node: Node) -> list[Node]:
    """Return the parts of an `allOf` that say anything."""
    return [part for part in node.elements("allOf") if not is_empty(part)]


def _has_more(node: Node) -> bool:
    return any(key != "allOf" and not is_annotation(key) for key in node.value)


def distributed(node: Node) -> Node:
    """Return a union next to other keywords as a union of combinations with them."""
    if node.value.keys().isdisjoint(_UNIONS):
        return _subtypes(node) if "discriminator" in node else node
    if "enum" in node or "const" in node:
        return node
    kind = next((key for key in ("oneOf", "anyOf") if key in node), "")
    if kind == "" and "allOf" in node:
        return _distributed_all_of(node)
    rest = {key: each for key, each in node.value.items() if key != kind}
    binding = _binding(rest)
    beside = binding.keys() - {"type", "discriminator"}
    if not kind or not beside & _OF_OBJECTS or (kind == "anyOf" and _is_groups(node)):
        return node
    inner = {key: each for key, each in binding.items() if key != "discriminator"}
    variants = [
        # A constraint on objects has no effect on others.
        variant.value
        if "type" not in inner and _is_scalar(variant)
        else {**_title(variant.value), "allOf": [inner, variant.value]}
        for variant in node.elements(kind)
        if "type" not in inner or not _is_scalar(variant)
    ]
    outer = {key: each for key, each in rest.items() if key not in inner}
    return node.with_value({**outer, kind: variants})


def _subtypes(node: Node) -> Node:
    """Return an object with a discriminator as a union of the objects that combine it with more."""
    targets = [reference_in_mapping(each) for _, each in node["discriminator"].members("mapping")]
    targets = targets or _extensions(node)
    if not targets:
        # It distinguishes nothing.
        return node.with_value({k: each for k, each in node.value.items() if k != "discriminator"})
    variants = [{"$ref": each} for each in dict.fromkeys(targets)]
    described = annotations_of(node.value)
    value = {**described, "discriminator": node.value["discriminator"], "oneOf": variants}
    return node.with_value(value)


def _extensions(node: Node) -> list[str]:
    """Return references to the schemas of a document that combine one of them with more."""
    parent = node.pointer.rpartition("/")[0]
    if parent != "/components/schemas":
        return []
    schemas = dict(node.library.node(node.path)["components"].members("schemas"))
    found = [node]
    for base in found:
        found += [
            schema
            for schema in schemas.values()
            if schema not in found
            and any("$ref" in part and part.target() == base for part in schema.elements("allOf"))
        ]
    return [f"#{quote(each.pointer)}" for each in found[1:]]


def _is_scalar(variant: Node) -> bool:
    """Return whether a schema cannot be that of an object."""
    schema = variant.follow()
    kind = kind_of(schema) if isinstance(schema.value, dict) else ""
    return "object" not in kind if kind else "enum" in schema or "const" in schema


def _title(variant: Any) -> dict[str, str]:
    known = isinstance(variant, dict) and "title" in variant
    return {"title": variant["title"]} if known else {}


def _distributed_all_of(node: Node) -> Node:
    parts = _parts(node)
    if len(parts) < 2 and wrapped_schema(node) is not None:
        return node
    for part in parts:
        schema = part.follow()
        kind = next((key for key in ("oneOf", "anyOf") if key in schema), "")
        if kind and not (kind == "anyOf" and _is_groups(schema)):
            names = _OF_OBJECTS - {kind}
            beside = {key: each for key, each in schema.value.items() if key in names}
            others = [each.value for each in parts if each is not part]
            rest = {key: each for key, each in node.value.items() if key != "allOf"}
            common = [*others, *([beside] if beside else [])]
            of_objects = any(
                each.follow().value.get("type") == "object" for each in parts if each is not part
            )
            variants = [
                {**_title(variant.value), "allOf": [*common, _copy(variant, node)]}
                for variant in schema.elements(kind)
                if not (is_null(variant) or (of_objects and _is_scalar(variant)))
            ]
            return distributed(node.with_value({**rest, kind: variants}))
    return node


def _is_groups(node: Node) -> bool:
    return "allOf" not in node and bool(required_groups(node))


def merge_scalars(node: Node) -> Node | None:
    """Return an `allOf` of values other than objects as one schema, or None if it has objects."""
    parts = [part.follow() for part in _parts(node)]
    beside = {key: each for key, each in node.value.items() if key != "allOf"}
    described = annotations_of(beside)
    if len(beside) > len(described):
        parts.append(node.with_value(beside))
    plain = [without_null(part)[0] for part in parts if isinstance(part.value, dict)]
    if len(plain) != len(parts) or not plain or any(_has_objects(part) for part in plain):
        return None
    merged = plain[0]
    for part in plain[1:]:
        merged = _both(node, "", merged, part)
    return node.with_value({**merged.value, **described})


def _has_objects(node: Node) -> bool:
    return is_object(node) or any(key in node for key in _UNMERGED)


def merge_all_of(node: Node) -> Merged:
    """Merge an `allOf` of object schemas into one object schema."""
    merged = Merged()
    _merge(merged, node, ())
    return merged


def _merge(merged: Merged, part: Node, above: tuple[Node, ...]) -> None:
    schema = part.follow()
    if schema in above:
        raise ContractError(part, "is a part of itself")
    schema = without_null(schema)[0]
    schema.expect_keywords(COMBINED, "inside `allOf`")
    if "type" in schema and schema.value["type"] != "object":
        raise ContractError(schema["type"], "only objects can be combined by `allOf`")
    # Strictly, `false` forbids the properties of the other parts. Authors mean that there are no
    # properties besides the declared ones of all parts, and the model follows them.
    for key in ("additionalProperties", "unevaluatedProperties"):
        extra = schema.get(key)
        if extra is None or extra.value is False:
            merged.closed = merged.closed or extra is not None
        elif merged.extra is None or is_empty(merged.extra):
            merged.extra = extra
        elif not is_empty(extra) and extra.value != merged.extra.value:
            raise ContractError(extra, f"other extra properties than at {merged.extra}")
    for inner in schema.elements("allOf"):
        _merge(merged, inner, (*above, schema))
    for name, declared in schema.members("properties"):
        earlier = merged.properties.get(name)
        both = declared if earlier is None else _both(schema, name, earlier, declared)
        merged.properties[name] = both
    merged.required += [
        name.value for name in schema.elements("required") if name.value not in merged.required
    ]
    merged.excluded += excluded_groups(schema)
    any_of = schema.get("anyOf")
    if any_of is not None:
        if merged.any_of is not None:
            raise ContractError(any_of, "more than one `anyOf` inside `allOf` is not supported")
        merged.any_of = any_of


def _both(owner: Node, name: str, earlier: Node, later: Node) -> Node:
    """Return the schema of a property that two parts declare."""
    one, other = earlier.follow(), later.follow()
    alike = _binding(earlier.value) == _binding(later.value) and earlier.uri == later.uri
    if one == other or is_empty(other) or alike:
        return earlier
    if is_empty(one):
        return later
    # In a place of its own, so that what is defined for a part stays as it is.
    pointer = f"{owner.pointer}/allOf/properties/{escaped(name)}"
    place = Node(owner.library, owner.uri, pointer, None)
    if _is_object(one) and _is_object(other):
        parts = [_copy(one, place), _copy(other, place)]
        value = {**annotations_of(later.value), "allOf": parts}
        return place.with_value(value)
    if not isinstance(one.value, dict) or not isinstance(other.value, dict):
        raise ContractError(later, "matches nothing")
    (one, null), (other, other_null) = _plain_variant(one), _plain_variant(other)
    first, second = _binding(one.value), _binding(other.value)
    if first.get("items", second.get("items")) != second.get("items", first.get("items")):
        items = [_copy(one["items"], place), _copy(other["items"], place)]
        first["items"] = second["items"] = {"allOf": items}
    if isinstance(first.get("enum"), list) and isinstance(second.get("enum"), list):
        first["enum"] = second["enum"] = [x for x in first["enum"] if x in second["enum"]]
    agree = all(second[key] == value for key, value in first.items() if key in second)
    if agree and not _UNMERGED & (first.keys() | second.keys()):
        merged = {**one.value, **other.value, **first, **second}
        if null and other_null:
            merged = {**annotations_of(merged), "anyOf": [merged, {"type": "null"}]}
        return place.with_value(merged)
    raise ContractError(later, f"`{name}` is declared differently at {earlier}")


def _plain_variant(node: Node) -> tuple[Node, bool]:
    """Return a schema without null, and whether null was allowed.

    Of a union of one schema with null, this is the one schema.
    """
    plain, nullable = without_null(node)
    for key in ("oneOf", "anyOf"):
        variants = [each for each in plain.elements(key) if not is_null(each)]
        if len(variants) == 1 and _binding(plain.value).keys() == {key}:
            inner, null = _plain_variant(variants[0].follow())
            return inner, nullable or null
    return plain, nullable


def _copy(node: Node, place: Node) -> Any:
    """Return a schema for another place: what it refers to depends on its file."""
    return node.value if node.uri == place.uri else {"$ref": f"{node.uri}#{quote(node.pointer)}"}


def _is_object(node: Node) -> bool:
    return is_object(node) or "allOf" in node


def _binding(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: child for key, child in value.items() if not is_annotation(key)}
