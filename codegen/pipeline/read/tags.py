"""Tags: the constant properties that distinguish the variants of a union."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.errors import ContractError
from pipeline.load.references import Node

from .all_of import distributed, merge_all_of, wrapped_schema

Tags = dict[str, tuple[str | int, ...]]


def tags(variant: Node) -> Tags:
    """Return the properties of an object that are a `const` or an `enum`, with their values."""
    schema = _unwrapped(variant)
    if not isinstance(schema.value, dict):
        return {}
    schema = distributed(schema)
    if "allOf" in schema:
        properties = merge_all_of(schema).properties
    else:
        properties = dict(schema.members("properties"))
    found = {name: _values(node) for name, node in properties.items()}
    return {name: values for name, values in found.items() if values}


def distinguishing(variants: Sequence[Tags]) -> tuple[Tags, ...]:
    """Reduce the tags of each variant to those that distinguish it from others.

    A constant does if another variant does not have the same. An enumeration has values of newer
    services too, so it only does if each variant has one, and no two share a value.
    """
    return tuple(
        {
            name: values
            for name, values in each.items()
            if (len(values) == 1 and any(values != other.get(name) for other in variants))
            or _is_distinct([other.get(name, ()) for other in variants])
        }
        for each in variants
    )


def _is_distinct(values: Sequence[tuple[str | int, ...]]) -> bool:
    every = [value for each in values for value in each]
    return len(values) > 1 and all(values) and len(every) == len(set(every))


def _values(node: Node) -> tuple[str | int, ...]:
    value = _unwrapped(node).value
    if not isinstance(value, dict):
        return ()
    values = [value["const"]] if "const" in value else value.get("enum", [])
    if any(isinstance(each, bool) or not isinstance(each, (str, int)) for each in values):
        return ()
    return tuple(values)


def _unwrapped(node: Node) -> Node:
    """Follow references, and each `allOf` that wraps a single schema."""
    chain = [node.follow()]
    while isinstance(chain[-1].value, dict) and "allOf" in chain[-1]:
        wrapped = wrapped_schema(chain[-1])
        if wrapped is None:
            break
        schema = wrapped.follow()
        if schema in chain:
            raise ContractError(node, "is a part of itself")
        chain.append(schema)
    return chain[-1]
