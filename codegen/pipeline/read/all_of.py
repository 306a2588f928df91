"""`allOf`: several schemas that all apply, merged into one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pipeline.errors import ContractError
from pipeline.load.keywords import COMBINED, is_annotation
from pipeline.load.references import Node

from .schema_kinds import is_empty


@dataclass
class Merged:
    """Several object schemas, merged.

    Attributes:
        properties: The schema of each property, by its name on the wire.
        required: Names of properties.
        any_of: The node of the one `anyOf`, or None.
        closed: Whether a part excludes other properties.
    """

    properties: dict[str, Node] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    any_of: Node | None = None
    closed: bool = False

    @property
    def is_free_form(self) -> bool:
        """True if nothing is known of the properties."""
        return not (self.properties or self.required or self.any_of or self.closed)


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


def merge_all_of(node: Node) -> Merged:
    """Merge an `allOf` of object schemas into one object schema."""
    merged = Merged()
    _merge(merged, node, ())
    return merged


def _merge(merged: Merged, part: Node, above: tuple[Node, ...]) -> None:
    schema = part.follow()
    if schema in above:
        raise ContractError(part, "is a part of itself")
    if part.flag("nullable"):
        raise ContractError(part["nullable"], "`nullable` inside `allOf` is not supported")
    schema.expect_only(COMBINED, "inside `allOf`")
    if "type" in schema and schema.value["type"] != "object":
        raise ContractError(schema["type"], "only objects can be combined by `allOf`")
    # Strictly, `false` forbids the properties of the other parts. Authors mean that there are no
    # properties besides the declared ones of all parts, and the model follows them.
    for key in ("additionalProperties", "unevaluatedProperties"):
        if key in schema and schema.value[key] is not False:
            raise ContractError(schema[key], "extra properties inside `allOf` are not supported")
        merged.closed = merged.closed or key in schema
    for inner in schema.elements("allOf"):
        _merge(merged, inner, (*above, schema))
    for name, declared in schema.members("properties"):
        _declare(merged, name, declared)
    merged.required += [
        name.value for name in schema.elements("required") if name.value not in merged.required
    ]
    any_of = schema.get("anyOf")
    if any_of is not None:
        if merged.any_of is not None:
            raise ContractError(any_of, "more than one `anyOf` inside `allOf` is not supported")
        merged.any_of = any_of


def _declare(merged: Merged, name: str, declared: Node) -> None:
    earlier = merged.properties.setdefault(name, declared)
    if earlier.follow() != declared.follow() and not _is_equivalent(earlier, declared):
        raise ContractError(declared, f"`{name}` is declared differently at {earlier}")


def _is_equivalent(one: Node, other: Node) -> bool:
    return _binding(one.value) == _binding(other.value) and one.uri == other.uri


def _binding(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: child for key, child in value.items() if not is_annotation(key)}
