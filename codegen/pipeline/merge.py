"""`allOf`: several schemas that hold at once, as one schema."""

from __future__ import annotations

from typing import Any

from .keywords import ANNOTATIONS, SCHEMA, expect_keys
from .problem import ContractError
from .resolve import Node


def wrapped_schema(node: Node) -> Node | None:
    """The one schema that an `allOf` only wraps, as OpenAPI 3.0 does to describe a reference."""
    parts = node.value.get("allOf", ())
    return node["allOf"][0] if len(parts) == 1 and not _beside(node) else None


def merge_all_of(node: Node) -> Node:
    """One object schema for an `allOf` of object schemas."""
    merged: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
    origins: dict[str, Node] = {}
    for part in node["allOf"].elements():
        _merge_into(merged, origins, part)
    _merge_into(merged, origins, Node(node.root, node.uri, node.pointer, _beside(node)))
    return _Merged(node.root, node.uri, node.pointer, merged, origins)


def _beside(node: Node) -> dict[str, Any]:
    """What stands beside the `allOf` and says more than words."""
    return {k: v for k, v in node.value.items() if k != "allOf" and not _is_annotation(k)}


class _Merged(Node):
    """A merged schema, whose properties still stand where they were declared."""

    def __init__(
        self, root: Any, uri: str, pointer: str, value: Any, origins: dict[str, Node]
    ) -> None:
        super().__init__(root, uri, pointer, value)
        object.__setattr__(self, "_origins", origins)

    def __getitem__(self, key: str | int) -> Node:
        if key == "properties":
            return _Merged(
                self.root,
                self.uri,
                f"{self.pointer}/properties",
                self.value["properties"],
                self._origins,
            )
        return self._origins[key] if key in self._origins else super().__getitem__(key)

    _origins: dict[str, Node]


def _merge_into(merged: dict[str, Any], origins: dict[str, Node], part: Node) -> None:
    schema = part.follow() if part.is_bare_reference else part
    expect_keys(schema, SCHEMA)
    if "allOf" in schema:
        for inner in schema["allOf"].elements():
            _merge_into(merged, origins, inner)
    for key, value in schema.value.items():
        child = schema[key]
        if key == "properties":
            for name, declared in child.items():
                if name in origins and origins[name].follow() != declared.follow():
                    raise ContractError(declared, f"`{name}` is declared twice, differently")
                origins[name] = declared
                merged["properties"][name] = declared.value
        elif key == "required":
            merged["required"] += [name for name in value if name not in merged["required"]]
        elif key == "type" and value != "object":
            raise ContractError(child, "only objects can be combined by `allOf`")
        elif key == "additionalProperties":
            # `false` here would forbid the other parts' properties; the model ignores it, as
            # every reader of such a schema means it.
            if isinstance(value, dict) and value:
                raise ContractError(
                    child, "typed extra properties inside `allOf` are not supported"
                )
        elif key == "anyOf":
            if "anyOf" in merged:
                raise ContractError(child, "more than one `anyOf` inside `allOf` is not supported")
            merged["anyOf"] = value
        elif key not in ("type", "allOf") and not _is_annotation(key):
            raise ContractError(child, f"`{key}` inside `allOf` is not supported")


def _is_annotation(key: str) -> bool:
    return key in ANNOTATIONS or key.startswith("x-")
