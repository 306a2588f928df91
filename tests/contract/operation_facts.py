"""The facts that an OpenAPI document states."""

from collections.abc import Iterator
from typing import Any

from contract.documents import Resolver
from contract.fact import Fact, fact, is_prose
from contract.schema_facts import follow, schema_facts

METHODS = frozenset({"delete", "get", "head", "options", "patch", "post", "put", "trace"})
_SPLIT_UP = frozenset({"components", "info", "paths", "security"})


def document_facts(subject: str, document: Any, resolver: Resolver) -> Iterator[Fact]:
    rest = {key: value for key, value in document.items() if key not in _SPLIT_UP}
    yield from _plain(subject, "document", rest)
    yield from _plain(subject, "info", document["info"])
    for name, schema in document["components"].get("schemas", {}).items():
        yield from schema_facts(subject, f"component {name}", schema, resolver)
    for name, scheme in document["components"].get("securitySchemes", {}).items():
        yield from _plain(subject, f"security scheme {name}", scheme)
    security = document.get("security", [])
    for path, item in document["paths"].items():
        shared = item.get("parameters", [])
        for method, operation in item.items():
            if method in METHODS:
                place = f"{method.upper()} {path}"
                effective = {"security": security, **operation}
                effective["parameters"] = [*shared, *operation.get("parameters", [])]
                yield from _operation(subject, place, effective, resolver)
            elif method != "parameters":
                yield from _plain(subject, path, {method: operation})


def _plain(subject: str, place: str, node: dict[str, Any]) -> Iterator[Fact]:
    for key, value in node.items():
        if not is_prose(key):
            yield fact(subject, place, key, value)


def _operation(
    subject: str, place: str, operation: dict[str, Any], resolver: Resolver
) -> Iterator[Fact]:
    handled = {"parameters", "requestBody", "responses", "security"}
    rest = {key: value for key, value in operation.items() if key not in handled}
    yield from _plain(subject, place, rest)
    for alternative in operation["security"]:
        yield fact(subject, place, "security", alternative)
    for parameter in operation["parameters"]:
        node, inner = follow(parameter, resolver)
        name = f"{node['in']} {node['name']}"
        yield fact(subject, place, "parameter", name)
        rest = {key: value for key, value in node.items() if key not in {"in", "name"}}
        yield from _carrier(subject, f"{place} {name}", {"required": False, **rest}, inner)
    if "requestBody" in operation:
        node, inner = follow(operation["requestBody"], resolver)
        yield fact(subject, place, "request body", "as follows")
        yield from _carrier(subject, f"{place} body", {"required": False, **node}, inner)
    for status, response in operation["responses"].items():
        node, inner = follow(response, resolver)
        yield fact(subject, place, "response", status)
        yield from _carrier(subject, f"{place} {status}", node, inner)


def _carrier(subject: str, place: str, node: dict[str, Any], resolver: Resolver) -> Iterator[Fact]:
    """Yield the facts about something that carries data: a parameter, a header, a body."""
    for key, value in node.items():
        if is_prose(key):
            continue
        if key == "schema":
            yield from schema_facts(subject, place, value, resolver)
        elif key == "content":
            for media_type, content in value.items():
                yield fact(subject, place, "media type", media_type)
                yield from _carrier(subject, f"{place} {media_type}", content, resolver)
        elif key == "headers":
            for name, header in value.items():
                header, inner = follow(header, resolver)
                yield fact(subject, place, "header", name)
                yield from _carrier(
                    subject, f"{place} header {name}", {"required": False, **header}, inner
                )
        else:
            yield fact(subject, place, key, value)
