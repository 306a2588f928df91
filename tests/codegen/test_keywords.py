"""Every keyword of the specifications changes the output, is an annotation, or is rejected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]
from openapi_spec_validator.schemas import schema_v30, schema_v31

from codegen.mutation import DOCUMENT, REMOVED, THING, mutated, read
from codegen.rejections import FIND, JSON, OK, STORE
from pipeline.errors import ContractError

_DIALECT = "https://json-schema.org/draft/2020-12"
_VOCABULARIES = (
    "core", "applicator", "validation", "unevaluated", "content", "format-annotation", "meta-data",
)  # fmt: skip
# The names of objects in the meta-schemas of OpenAPI 3.0 and 3.1.
_OBJECTS = {
    "document": ("", ""),
    "path item": ("PathItem", "path-item"),
    "operation": ("Operation", "operation"),
    "parameter": ("Parameter", "parameter"),
    "request body": ("RequestBody", "request-body"),
    "response": ("Response", "response"),
    "media type": ("MediaType", "media-type"),
}
_PLACES = {
    "document": "",
    "path item": "/paths/~1v1~1things~1{thing_id}",
    "operation": FIND,
    "parameter": f"{FIND}/parameters/1",
    "request body": f"{STORE}/requestBody",
    "response": OK,
    "media type": JSON,
}


def _schema_keywords() -> set[str]:
    found: set[str] = set(schema_v30["definitions"]["Schema"]["properties"])
    for name in _VOCABULARIES:
        vocabulary: Any = REGISTRY[f"{_DIALECT}/meta/{name}"].contents
        found |= set(vocabulary["properties"])
    # Draft 4 to 2019-09 spelt them so.
    return found | {"definitions"}


def _object_keywords(name: str) -> set[str]:
    old, new = _OBJECTS[name]
    before = schema_v30["definitions"][old] if old else schema_v30
    after = schema_v31["$defs"][new] if new else schema_v31
    return set(before["properties"]) | set(after["properties"])


OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}}
REF = {"$ref": "other.schema.json"}
THING_ID = {"name": "thing_id", "in": "path", "required": True, "schema": {"type": "string"}}

# A schema with the keyword, and the same schema without it: the output differs.
SCHEMA_HONORED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "$ref": (REF, {}),
    "$defs": ({"$defs": {"X": OBJECT}, "$ref": "#/properties/count/$defs/X"}, {}),
    "definitions": ({"definitions": {"X": OBJECT}, "$ref": "#/properties/count/definitions/X"}, {}),
    "type": ({"type": "string"}, {}),
    "enum": ({"type": "string", "enum": ["a"]}, {"type": "string"}),
    "const": ({"type": "string", "const": "a"}, {"type": "string"}),
    "properties": (OBJECT, {"type": "object"}),
    "propertyNames": ({"propertyNames": {"pattern": "a"}}, {"type": "object"}),
    "uniqueItems": ({"type": "array", "uniqueItems": True}, {"type": "array"}),
    "readOnly": ({**OBJECT, "readOnly": True}, OBJECT),
    "writeOnly": ({**OBJECT, "writeOnly": True}, OBJECT),
    "required": ({**OBJECT, "required": ["a"]}, OBJECT),
    "additionalProperties": (
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"type": "object"},
    ),
    "patternProperties": (
        {"type": "object", "patternProperties": {"a": {}}, "additionalProperties": False},
        {"type": "object"},
    ),
    "items": ({"type": "array", "items": {"type": "string"}}, {"type": "array"}),
    "prefixItems": ({"prefixItems": [{"type": "string"}], "items": False}, {"type": "array"}),
    "not": ({**OBJECT, "not": {"required": ["a"]}}, OBJECT),
    "minItems": ({"type": "array", "minItems": 1}, {"type": "array"}),
    "maxItems": ({"type": "array", "maxItems": 1}, {"type": "array"}),
    "minProperties": ({"type": "object", "minProperties": 1}, {"type": "object"}),
    "maxProperties": ({"type": "object", "maxProperties": 1}, {"type": "object"}),
    "minLength": ({"type": "string", "minLength": 1}, {"type": "string"}),
    "maxLength": ({"type": "string", "maxLength": 1}, {"type": "string"}),
    "pattern": ({"type": "string", "pattern": "a"}, {"type": "string"}),
    "format": ({"type": "string", "format": "date"}, {"type": "string"}),
    "minimum": ({"type": "integer", "minimum": 1}, {"type": "integer"}),
    "maximum": ({"type": "integer", "maximum": 1}, {"type": "integer"}),
    "exclusiveMinimum": ({"type": "integer", "exclusiveMinimum": 1}, {"type": "integer"}),
    "exclusiveMaximum": ({"type": "number", "exclusiveMaximum": 1}, {"type": "number"}),
    "multipleOf": ({"type": "integer", "multipleOf": 2}, {"type": "integer"}),
    "nullable": (
        {"type": "array", "items": {"type": "string", "nullable": True}},
        {"type": "array", "items": {"type": "string"}},
    ),
    "oneOf": ({"oneOf": [{"type": "string"}, REF]}, {}),
    "anyOf": ({"anyOf": [{"type": "string"}, REF]}, {}),
    "allOf": ({"allOf": [REF, OBJECT]}, {}),
    "discriminator": (
        {"oneOf": [REF], "discriminator": {"propertyName": "name"}},
        {"oneOf": [REF]},
    ),
    "title": ({**OBJECT, "title": "Named"}, OBJECT),
    "description": ({"description": "It is said."}, {}),
    "default": ({"default": 5}, {}),
    "deprecated": ({"deprecated": True}, {}),
}  # fmt: skip
SCHEMA_ANNOTATIONS: dict[str, Any] = {
    "$comment": "c",
    "example": 1,
    "examples": [1],
    "externalDocs": {"url": "https://x.example"},
    "xml": {},
    "contentEncoding": "base64",
    "contentMediaType": "text/plain",
    "contentSchema": {"type": "string"},
    # Models are closed on sending and read liberally in any case.
    "unevaluatedProperties": False,
}
SCHEMA_REJECTED: dict[str, Any] = {
    "$anchor": "a",
    "$dynamicAnchor": "a",
    "$dynamicRef": "#a",
    "$vocabulary": {},
    "$id": "https://x.example/y",
    "if": {},
    "then": {},
    "else": {},
    "dependentSchemas": {},
    "dependentRequired": {},
    "contains": {},
    "minContains": 1,
    "maxContains": 1,
    "unevaluatedItems": False,
}
# Belongs to a whole file, and selects the rules that check it.
SCHEMA_OF_A_FILE = {"$schema"}

HONORED: dict[str, dict[str, Any]] = {
    "document": {
        "info": {"title": "Other", "version": "1"},
        "paths": {"/v1/x": {"get": {"responses": {"204": {"description": "x"}}}}},
        "components": {
            "schemas": {"Part": OBJECT},
            "securitySchemes": {"Token": {"type": "http", "scheme": "basic"}},
        },
        "security": [],
    },
    "path item": {
        "parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}}],
        "get": REMOVED,
        "put": REMOVED,
        **{
            method: {
                "parameters": [
                    THING_ID
                ],
                "responses": {"204": {"description": "x"}},
            }
            for method in ("post", "delete", "patch", "head", "options")
        },
    },
    "operation": {
        "operationId": "other",
        "summary": "Other.",
        "description": "Other.",
        "deprecated": True,
        "parameters": [
            THING_ID
        ],
        "responses": {"204": {"description": "x"}},
        "security": [],
    },
    "parameter": {
        "name": "other",
        "in": "header",
        "description": "Other.",
        "required": True,
        "deprecated": True,
        "explode": False,
        "schema": {"type": "string"},
    },
    "request body": {
        "description": "Other.",
        "content": {"application/json": {"schema": {"type": "string"}}},
        "required": False,
    },
    "response": {
        "description": "Other.",
        "content": {"application/json": {"schema": {"type": "string"}}},
    },
    "media type": {"schema": {"type": "string"}},
}  # fmt: skip
ANNOTATIONS: dict[str, dict[str, Any]] = {
    "document": {
        "openapi": "3.1.1",
        "tags": [{"name": "t"}],
        "externalDocs": {"url": "https://x.example"},
        # The caller gives the address of a service.
        "servers": [{"url": "https://x.example"}],
        "webhooks": {"x": {"post": {"responses": {"204": {"description": "x"}}}}},
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
    },
    "path item": {"summary": "s", "description": "d", "servers": []},
    "operation": {
        "tags": ["t"],
        "externalDocs": {"url": "https://x.example"},
        "servers": [],
        "callbacks": {},
    },
    "parameter": {
        "example": 1,
        "style": "form",
        "allowReserved": False,
        "allowEmptyValue": True,
    },
    "request body": {},
    # A raw response has all headers, declared or not.
    "response": {"headers": {"X": {"schema": {"type": "string"}}}, "links": {}},
    "media type": {"example": 1, "examples": {"a": {"value": 1}}, "encoding": {}},
}
REJECTED: dict[str, dict[str, Any]] = {
    "document": {"jsonSchemaDialect": "https://x.example"},
    "path item": {
        "trace": {"responses": {"204": {"description": "x"}}},
    },
    "parameter": {"allowReserved": True, "style": "x"},
}
# Tested elsewhere: a parameter has a schema or content, examples or an example; a path item may be
# a reference, and a GET has no body.
ELSEWHERE = {
    "parameter": {"content", "examples"},
    "path item": {"$ref"},
    "operation": {"requestBody"},
}


def _cases(table: dict[str, dict[str, Any]]) -> list[Any]:
    return [
        pytest.param(name, keyword, value, id=f"{name}: {keyword}")
        for name, values in table.items()
        for keyword, value in values.items()
    ]


_READ: dict[str, Any] = {}


def _api(folder: Path, *changes: tuple[str, str, Any]) -> Any:
    """Read the contract with changes, once for each."""
    key = repr(changes)
    if key not in _READ:
        folder.mkdir()
        _READ[key] = read(mutated(folder, *changes))
    return _READ[key]


def test_no_keyword_of_a_schema_is_forgotten() -> None:
    known = set(SCHEMA_HONORED) | set(SCHEMA_ANNOTATIONS) | set(SCHEMA_REJECTED) | SCHEMA_OF_A_FILE

    assert _schema_keywords() == known


@pytest.mark.parametrize("name", _OBJECTS)
def test_no_keyword_of_openapi_is_forgotten(name: str) -> None:
    known = {*HONORED[name], *ANNOTATIONS[name], *REJECTED.get(name, ()), *ELSEWHERE.get(name, ())}

    assert _object_keywords(name) == known


@pytest.mark.parametrize("keyword", SCHEMA_HONORED)
def test_a_keyword_of_a_schema_changes_what_is_generated(keyword: str, tmp_path: Path) -> None:
    with_it, without = SCHEMA_HONORED[keyword]

    assert _api(tmp_path / "a", (THING, "/properties/count", with_it)) != _api(
        tmp_path / "b", (THING, "/properties/count", without)
    )


@pytest.mark.parametrize("keyword", SCHEMA_ANNOTATIONS)
def test_an_annotation_of_a_schema_is_accepted(keyword: str, tmp_path: Path) -> None:
    annotated = {**OBJECT, keyword: SCHEMA_ANNOTATIONS[keyword]}

    assert _api(tmp_path / "a", (THING, "/properties/count", annotated)) == _api(
        tmp_path / "b", (THING, "/properties/count", OBJECT)
    )


@pytest.mark.parametrize("keyword", SCHEMA_REJECTED)
@pytest.mark.parametrize("siblings", [OBJECT, {}, REF], ids=str)
def test_a_keyword_of_a_schema_is_rejected(
    keyword: str, siblings: dict[str, Any], tmp_path: Path
) -> None:
    schema = {**siblings, keyword: SCHEMA_REJECTED[keyword]}

    with pytest.raises(ContractError) as caught:
        _api(tmp_path / "a", (THING, "/properties/count", schema))

    assert str(caught.value).startswith(f"{THING}#/properties/count/{keyword}: ")


@pytest.mark.parametrize(("name", "keyword", "value"), _cases(HONORED))
def test_a_keyword_of_openapi_changes_what_is_generated(
    name: str, keyword: str, value: Any, tmp_path: Path
) -> None:
    assert _api(tmp_path / "a", (DOCUMENT, f"{_PLACES[name]}/{keyword}", value)) != _api(
        tmp_path / "b"
    )


@pytest.mark.parametrize(("name", "keyword", "value"), _cases(ANNOTATIONS))
def test_an_annotation_of_openapi_is_accepted(
    name: str, keyword: str, value: Any, tmp_path: Path
) -> None:
    assert _api(tmp_path / "a", (DOCUMENT, f"{_PLACES[name]}/{keyword}", value)) == _api(
        tmp_path / "b"
    )


@pytest.mark.parametrize(("name", "keyword", "value"), _cases(REJECTED))
def test_a_keyword_of_openapi_is_rejected(
    name: str, keyword: str, value: Any, tmp_path: Path
) -> None:
    at = f"{_PLACES[name]}/{keyword}"

    with pytest.raises(ContractError) as caught:
        _api(tmp_path / "a", (DOCUMENT, at, value))

    assert str(caught.value).startswith(f"{DOCUMENT}#{at}: ")
