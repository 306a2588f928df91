"""Validation: OpenAPI, JSON Schema, and that every reference points to something."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema_rs
from jsonschema import Draft3Validator, Draft4Validator, Draft202012Validator
from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for
from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]
from referencing import Resource
from referencing.jsonschema import DRAFT4, DRAFT202012

from pipeline.errors import ContractError

from .keywords import ITEM_SCHEMA
from .references import Library, Node

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _specification(version: str) -> Any:
    """Return the meta-schema of OpenAPI that openapi-spec-validator has."""
    # Its own function would import it, with pydantic and more, which takes half a second.
    found = find_spec("openapi_spec_validator")
    folder = Path(str(found.origin if found else "")).parent
    path = folder / "resources" / "schemas" / version / "schema.json"
    return json.loads(path.read_text(encoding="utf-8"))


# Authors use the `const` of JSON Schema in OpenAPI 3.0 too.
_V30, _V31 = _specification("v3.0"), _specification("v3.1")
_V30["definitions"]["Schema"]["properties"]["const"] = {}
# Crawled once, and only referred to: jsonschema would crawl a root schema for each reference.
_OPENAPI: dict[str, Resource[Any]] = {
    "openapi:3.0": DRAFT4.create_resource(_V30),
    "openapi:3.1": DRAFT202012.create_resource(_V31),
}
_META_SCHEMAS = REGISTRY.with_resources(_OPENAPI.items()).crawl()
_VALIDATORS = {
    "3.0.": Draft4Validator({"$ref": "openapi:3.0"}, registry=_META_SCHEMAS),
    "3.1.": Draft202012Validator({"$ref": "openapi:3.1"}, registry=_META_SCHEMAS),
}
# A hundred times as fast. Its errors do not say which of several alternatives was meant.
_FAST = {
    "3.0.": jsonschema_rs.validator_for(_V30),
    "3.1.": jsonschema_rs.validator_for(_V31),
}
# The values under these keys are data, not parts of the contract.
_DATA = frozenset({"example", "examples", "default", "enum", "const"})
# The keys under these are chosen names, not keywords.
_NAMES = frozenset({"properties", "patternProperties", "$defs", "definitions", "schemas"})


def validate_contract(library: Library, partial: bool = False) -> None:
    """Check each OpenAPI document and each schema file.

    With `partial`, the library notes the faults; without it, the first one is raised.
    """
    contract = library.contract
    documents = [library.node(path) for path in contract.documents.values()]
    schemas = [library.node(path) for path in contract.schemas]
    for node in documents:
        _expect_version(node)
    for fault in _faults(documents, schemas):
        if not partial:
            raise fault[1]
        library.faults.append(fault)


Fault = tuple[Node, ContractError]


def _faults(documents: list[Node], schemas: list[Node]) -> Iterator[Fault]:
    for node in schemas:
        yield from _schema_faults(node)
    for node in (*documents, *schemas):
        for reference in _references(node):
            try:
                reference.target()
            except ContractError as error:
                yield reference, error
    for node in documents:
        version = node.value["openapi"][:4]
        yield from _problems(node, _FAST[version], _VALIDATORS[version])
        # The meta-schema of OpenAPI 3.1 leaves the schemas to their own.
        if version == "3.1.":
            for schema in _schemas(node):
                yield from _schema_faults(schema)


def validate_schema(node: Node) -> None:
    """Check a schema against the meta-schema of its dialect."""
    for _, error in _schema_faults(node):
        raise error


def _schema_faults(node: Node) -> Iterator[Fault]:
    value = node.value
    dialect = value.get("$schema", _DIALECT) if isinstance(value, dict) else _DIALECT
    # Draft 3 is not supported, and so serves as the default for an unknown dialect.
    known = isinstance(dialect, str)
    validator = validator_for({"$schema": dialect if known else ""}, default=Draft3Validator)
    if validator is Draft3Validator:
        yield node, ContractError(node["$schema"], f"the dialect {dialect} is not supported")
    else:
        yield from _problems(node, *_of_dialect(validator))


@lru_cache
def _of_dialect(validator: Any) -> tuple[Any, Any]:
    """Return the validators of schemas of one dialect."""
    meta_schema = {"$ref": validator.ID_OF(validator.META_SCHEMA).rstrip("#")}
    fast = jsonschema_rs.validator_for(validator.META_SCHEMA)
    return fast, validator(meta_schema, registry=_META_SCHEMAS)


def _problems(node: Node, fast: Any, thorough: Any) -> Iterator[Fault]:
    """Iterate over the faults that validators find, the first one with its cause."""
    # Against the meta-schema only: the other checks of openapi-spec-validator follow references in
    # a way of their own, even to the network. The pipeline follows them all itself.
    places = [error.instance_path for error in fast.iter_errors(node.value)]
    cause = best_match(thorough.iter_errors(node.value)) if places else None
    if cause is None:
        return
    yield _fault(node, cause.absolute_path, cause.message)
    for place in places:
        yield _fault(node, place, "does not fit the specification")


def _fault(node: Node, path: Iterable[Any], message: str) -> Fault:
    for key in path:
        # jsonschema_rs takes the key "200" for an index.
        node = node[key if isinstance(node.value, list) else str(key)]
    return node, ContractError(node, message)


def _expect_version(document: Node) -> None:
    version = document.value.get("openapi") if isinstance(document.value, dict) else None
    if version is None:
        raise ContractError(document, "is not an OpenAPI document")
    if not isinstance(version, str) or version[:4] not in _VALIDATORS:
        raise ContractError(document["openapi"], f"version {version} is not supported")


def _references(node: Node, named: bool = False) -> Iterator[Node]:
    """Iterate over the objects that have a `$ref`."""
    if isinstance(node.value, list):
        for index in range(len(node.value)):
            yield from _references(node[index])
    elif isinstance(node.value, dict):
        if not named and isinstance(node.value.get("$ref"), str):
            yield node
        for key, child in node.items():
            if named or (key not in _DATA and not key.startswith("x-")):
                yield from _references(child, key in _NAMES and not named)


def _schemas(node: Node, key: Any = "") -> Iterator[Node]:
    """Iterate over the outermost schemas of a document."""
    if isinstance(node.value, list):
        for index in range(len(node.value)):
            yield from _schemas(node[index])
    elif isinstance(node.value, dict):
        for name, child in node.items():
            if name in ("schema", "itemSchema", ITEM_SCHEMA) or key == "schemas":
                yield child
            elif name not in _DATA and not name.startswith("x-"):
                yield from _schemas(child, name)
