"""The facts that a JSON Schema states."""

from collections.abc import Iterator
from typing import Any

from referencing import Registry

from contract.documents import Resolver, uri
from contract.fact import Fact, fact, is_prose

ONE_FACT_PER_ELEMENT = frozenset({"enum", "required", "type"})
BRANCHES = frozenset({"allOf", "anyOf", "oneOf"})


def schema_file_facts(path: str, schema: Any, registry: Registry[Any]) -> Iterator[Fact]:
    """Yield which model a schema file holds, and the facts about that model."""
    target, resolver = follow(schema, registry.resolver(uri(path)))
    name = target.get("title", path)
    yield fact("schemas", path, "model", name)
    yield from schema_facts(name, "$", target, resolver)


def schema_facts(subject: str, place: str, schema: Any, resolver: Resolver) -> Iterator[Fact]:
    if isinstance(schema, bool):
        yield fact(subject, place, "schema", schema)
        return
    for keyword, value in schema.items():
        if is_prose(keyword):
            continue
        if keyword == "$ref":
            yield from _referenced(subject, place, schema, resolver)
        elif keyword == "properties":
            for name, nested in value.items():
                yield fact(subject, place, "property", name)
                yield from schema_facts(subject, f"{place}.{name}", nested, resolver)
        elif keyword == "patternProperties":
            for pattern, nested in value.items():
                yield fact(subject, place, "pattern property", pattern)
                yield from schema_facts(subject, f"{place}./{pattern}/", nested, resolver)
        elif keyword == "additionalProperties" and isinstance(value, dict):
            yield fact(subject, place, keyword, "as follows")
            yield from schema_facts(subject, f"{place}.*", value, resolver)
        elif keyword == "items":
            yield fact(subject, place, keyword, "as follows")
            yield from schema_facts(subject, f"{place}[]", value, resolver)
        elif keyword in BRANCHES:
            for number, nested in enumerate(value):
                yield from schema_facts(subject, f"{place} {keyword} {number}", nested, resolver)
        elif keyword in ONE_FACT_PER_ELEMENT and isinstance(value, list):
            for element in value:
                yield fact(subject, place, keyword, element)
        else:
            yield fact(subject, place, keyword, value)


def _referenced(subject: str, place: str, schema: Any, resolver: Resolver) -> Iterator[Fact]:
    """Name a model that is referenced, and spell out anything else, such as an enumeration."""
    target, resolver = follow({"$ref": schema["$ref"]}, resolver)
    if target.get("type") == "object" and "title" in target:
        yield fact(subject, place, "model", target["title"])
    else:
        yield from schema_facts(subject, place, target, resolver)


def follow(node: Any, resolver: Resolver) -> tuple[Any, Resolver]:
    """Go on to what a node refers to for as long as it says nothing but that."""
    while "$ref" in node and all(key == "$ref" or is_prose(key) for key in node):
        resolved = resolver.lookup(node["$ref"])
        node, resolver = resolved.contents, resolved.resolver
    return node, resolver
