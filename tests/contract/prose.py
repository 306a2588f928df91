"""The descriptions that a contract gives, and those that it lacks."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from contract.documents import Contract
from contract.operation_facts import METHODS


class Prose(NamedTuple):
    """A described thing: where it is, what it is called, and the text, if there is one."""

    place: str
    name: str
    text: str | None


def all_prose(contract: Contract) -> Iterator[Prose]:
    for path, document in contract.documents.items():
        if path.startswith("openapi/"):
            yield from _document(path, document)
        elif set(document) != {"$ref"}:
            name = document.get("title", path)
            yield Prose(path, name, document.get("description"))
            yield from _inside_schema(f"{path} $", document)


def _document(path: str, document: Any) -> Iterator[Prose]:
    info = document["info"]
    yield Prose(f"{path} info", info["title"], info.get("description"))
    components = document["components"]
    for name, scheme in components.get("securitySchemes", {}).items():
        yield Prose(f"{path} security scheme {name}", name, scheme.get("description"))
    for name, response in components.get("responses", {}).items():
        yield from _response(f"{path} response {name}", name, response)
    for route, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield from _operation(f"{path} {method.upper()} {route}", operation)


def _operation(place: str, operation: Any) -> Iterator[Prose]:
    name = operation["operationId"]
    yield Prose(f"{place} summary", name, operation.get("summary"))
    yield Prose(f"{place} description", name, operation.get("description"))
    for parameter in operation.get("parameters", []):
        called = parameter["name"]
        yield Prose(f"{place} parameter {called}", called, parameter.get("description"))
    if "requestBody" in operation:
        yield Prose(f"{place} body", "body", operation["requestBody"].get("description"))
    for status, response in operation["responses"].items():
        if "$ref" not in response:
            yield from _response(f"{place} {status}", status, response)


def _response(place: str, name: str, response: Any) -> Iterator[Prose]:
    yield Prose(place, name, response.get("description"))
    for called, header in response.get("headers", {}).items():
        yield Prose(f"{place} header {called}", called, header.get("description"))


def _inside_schema(place: str, schema: Any) -> Iterator[Prose]:
    for value in schema.get("enum", []):
        meaning = schema.get("x-enum-descriptions", {}).get(value)
        yield Prose(f"{place} value {value}", value, meaning)
    for name, nested in schema.get("properties", {}).items():
        yield Prose(f"{place}.{name}", name, nested.get("description"))
        yield from _inside_schema(f"{place}.{name}", nested)
    for keyword, suffix in (("items", "[]"), ("additionalProperties", ".*")):
        nested = schema.get(keyword)
        if isinstance(nested, dict):
            if "properties" in nested:
                name = nested.get("title", keyword)
                yield Prose(f"{place}{suffix}", name, nested.get("description"))
            yield from _inside_schema(f"{place}{suffix}", nested)


def all_texts(node: Any) -> Iterator[str]:
    """Yield every summary and description anywhere in a document, wherever it stands."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in {"description", "summary"} and isinstance(value, str):
                yield value
            else:
                yield from all_texts(value)
    elif isinstance(node, list):
        for element in node:
            yield from all_texts(element)


def sentences(text: str) -> list[str]:
    """Split a text into sentences, each reduced to its words in lower case."""
    split = (words(sentence) for sentence in re.split(r"(?<=[.!?])\s+", text))
    return [sentence for sentence in split if sentence]


def words(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.casefold()))
