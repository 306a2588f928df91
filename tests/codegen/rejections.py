"""Contracts that are rejected: the change, and the location and message of the error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from codegen.mutation import DOCUMENT, OTHER, REMOVED, THING, Change

FIND = "/paths/~1v1~1things~1{thing_id}/get"
STORE = "/paths/~1v1~1things~1{thing_id}/put"
OK = f"{FIND}/responses/200"
CONTENT = f"{OK}/content"
JSON = f"{CONTENT}/application~1json"
PART = "/components/schemas/Part"


@dataclass(frozen=True)
class Rejection:
    """A change, and the error that it causes.

    Attributes:
        says: A part of the message.
        where: File and JSON pointer at the start of the message.
    """

    name: str
    changes: tuple[Change, ...]
    says: str
    where: str

    def __str__(self) -> str:
        return self.name


def _document(name: str, pointer: str, value: Any, says: str, at: str | None = None) -> Rejection:
    where = f"{DOCUMENT}#{pointer if at is None else at}"
    return Rejection(name, ((DOCUMENT, pointer, value),), says, where)


def _thing(name: str, pointer: str, value: Any, says: str, at: str | None = None) -> Rejection:
    where = f"{THING}#{pointer if at is None else at}"
    return Rejection(name, ((THING, pointer, value),), says, where)


def _property(name: str, schema: Any, says: str, below: str = "") -> Rejection:
    at = f"/properties/count{below}"
    return Rejection(name, ((THING, "/properties/count", schema),), says, f"{THING}#{at}")


OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}}
REF = {"$ref": "other.schema.json"}

SCHEMAS = (
    _property("false", False, "matches nothing"),
    _property("not", {"not": {}}, "`not`", "/not"),
    _property("if", {"type": "object", "if": {}}, "`if`", "/if"),
    _property(
        "items that only differ in format",
        {"prefixItems": [{"type": "string"}, {"type": "string", "format": "date"}], "items": False},
        "items of one JSON type",
        "/prefixItems",
    ),
    _property("unknown keyword", {"type": "string", "maxlength": 3}, "`maxlength`", "/maxlength"),
    _property(
        "next to a reference", {**REF, "minProperties": 1}, "`minProperties`", "/minProperties"
    ),
    _property("reference to nowhere", {"$ref": "none.schema.json"}, "points to nowhere"),
    _property("pointer to nowhere", {"$ref": "#/$defs/None"}, "points to nowhere"),
    _property(
        "reference to the network", {"$ref": "https://x.example/y"}, "not a file of the contract"
    ),
    _property(
        "reference out of the contract", {"$ref": "../../../x.json"}, "not a file of the contract"
    ),
    _property("anchor", {"$ref": "#name"}, "anchors"),
    _property("dynamic reference", {"$dynamicRef": "#x"}, "`$dynamicRef`", "/$dynamicRef"),
    _property("reference to itself", {"$ref": "#/properties/count"}, "reference to itself"),
    _property("id inside", {"$id": "https://x.example/y", "type": "string"}, "`$id`", "/$id"),
    _property("enum of another type", {"type": "integer", "enum": ["a"]}, "is string", "/type"),
    _property(
        "description of no value",
        {"enum": ["a"], "x-enum-descriptions": {"b": "B."}},
        "not a value",
        "/x-enum-descriptions/b",
    ),
    _property("enum of nothing", {"enum": []}, "matches nothing", "/enum"),
    _property("union of nothing", {**OBJECT, "oneOf": [{"type": "string"}]}, "union of nothing"),
    _property("enum with a bound", {"enum": ["a"], "maxLength": 3}, "`maxLength`", "/maxLength"),
    _property("constant with a bound", {"const": "a", "minLength": 1}, "`minLength`", "/minLength"),
    _property("pattern of another dialect", {"pattern": r"^\p{L}$"}, "not valid", "/pattern"),
    Rejection(
        "file in JSON",
        ((THING, "/properties/count", {"type": "string", "format": "binary"}),),
        "binary content inside JSON",
        f"{DOCUMENT}#{JSON}",
    ),
    _property("constant object", {"const": {"a": 1}}, "constant objects", "/const"),
    _property(
        "not next to properties",
        {**OBJECT, "not": {"properties": {"a": {}}}},
        "sets of `required`",
        "/not",
    ),
    _property("integer too large", {"type": "integer", "minimum": 2**64}, "64 bits", "/minimum"),
    _property(
        "part of an integer", {"type": "integer", "multipleOf": 0.5}, "fraction", "/multipleOf"
    ),
    _property(
        "several patterns",
        {"type": "object", "patternProperties": {"a": {}, "b": {}}, "additionalProperties": False},
        "single pattern",
        "/patternProperties",
    ),
    _property(
        "pattern next to others",
        {"type": "object", "patternProperties": {"a": {}}},
        "additionalProperties: false",
        "/patternProperties",
    ),
    _property(
        "number of properties",
        {**OBJECT, "minProperties": 2},
        "only `minProperties: 1`",
        "/minProperties",
    ),
    _property(
        "anyOf next to properties",
        {**OBJECT, "anyOf": [{"minProperties": 1}]},
        "`minProperties` inside `allOf`",
        "/anyOf/0/allOf/1/minProperties",
    ),
    _property(
        "union with a bound",
        {"oneOf": [REF, {"type": "string"}], "maxLength": 3},
        "`maxLength`",
        "/maxLength",
    ),
    _property(
        "union of another type",
        {"type": "string", "oneOf": [REF]},
        "not of type",
        "/oneOf/0",
    ),
    _property(
        "discriminator of an inline variant",
        {"oneOf": [OBJECT, REF], "discriminator": {"propertyName": "a"}},
        "must be a `$ref`",
        "/oneOf/0",
    ),
    _property(
        "discriminator that no variant has",
        {"oneOf": [REF, {"$ref": "#"}], "discriminator": {"propertyName": "kind"}},
        "does not declare `kind`",
        "/oneOf/0",
    ),
    _property(
        "mapping to no variant",
        {"oneOf": [REF], "discriminator": {"propertyName": "name", "mapping": {"a": "#"}}},
        "not one of the variants",
        "/discriminator/mapping/a",
    ),
    _property(
        "mapping to nowhere",
        {"oneOf": [REF], "discriminator": {"propertyName": "name", "mapping": {"a": "None"}}},
        "points to nowhere",
        "/discriminator/mapping/a",
    ),
    _property(
        "allOf of itself",
        {"allOf": [{"$ref": "#/properties/count"}, OBJECT]},
        "part of itself",
        "/allOf/0",
    ),
    _property(
        "allOf that disagrees",
        {"allOf": [REF, {"properties": {"name": {"type": "integer"}}}]},
        "declared differently",
        "/allOf/1/properties/name",
    ),
    _property("invalid schema", {"type": "strnig"}, "strnig", "/type"),
    _property("invalid keyword", {"type": "string", "maxLength": "x"}, "'x'", "/maxLength"),
    _thing("unknown dialect", "/$schema", "https://x.example/dialect", "dialect", at="/$schema"),
    _thing("extension misspelled", "/x-arp-idempotensy", {}, "`x-arp-idempotensy`"),
    _thing("extension in the wrong place", "/x-item-schema", {}, "`x-item-schema`"),
    Rejection(
        "two files with one id",
        ((THING, "/$id", "https://x.example/y"), (OTHER, "/$id", "https://x.example/y")),
        "is also the `$id` of",
        f"{THING}#/$id",
    ),
)

RAW_JSON = {"schema": {"type": "string"}}
STREAM = {"text/event-stream": RAW_JSON}

DOCUMENTS = (
    _document("version 2", "/swagger", "2.0", "swagger", at=""),
    _document("version 3.2", "/openapi", "3.2.0", "3.2.0"),
    _document("dialect", "/jsonSchemaDialect", "https://x.example", "the dialect"),
    _document("no path", "/paths", {}, "no operation"),
    _document(
        "trace",
        "/paths/~1v1~1things~1{thing_id}/trace",
        {"responses": {"200": {"description": "x"}}},
        "`trace`",
    ),
    _document(
        "required cookie",
        f"{FIND}/parameters/1",
        {"name": "c", "in": "cookie", "required": True, "schema": {}},
        "cookie",
        at=f"{FIND}/parameters/1/in",
    ),
    _document("allowReserved", f"{FIND}/parameters/1/allowReserved", True, "allowReserved"),
    _document(
        "array in a path",
        f"{FIND}/parameters/0/schema",
        {"type": "array"},
        "path parameter of this",
    ),
    _document(
        "parameter of no path", f"{FIND}/parameters/0/name", "other", "do not match", at=FIND
    ),
    _document(
        "body of a GET", f"{FIND}/requestBody", {"content": {"application/json": {}}}, "body of GET"
    ),
    _document(
        "form",
        f"{STORE}/requestBody/content",
        {"multipart/form-data": {}},
        "not an object",
        at=f"{STORE}/requestBody/content/multipart~1form-data",
    ),
    _document(
        "response of any success twice", f"{FIND}/responses/2XX", {"description": "x"}, "`2XX`"
    ),
    _document(
        "content of 204",
        f"{STORE}/responses/204/content",
        {"application/json": {}},
        "has no content",
    ),
    _document(
        "streams of different items",
        CONTENT,
        {**STREAM, "application/x-ndjson": {"schema": {"type": "integer"}}},
        "has different items",
        at=f"{CONTENT}/application~1x-ndjson",
    ),
    _document(
        "stream of an array",
        CONTENT,
        {"application/x-ndjson": {"schema": {"type": "array"}}},
        "x-item-schema",
        at=f"{CONTENT}/application~1x-ndjson/schema",
    ),
    _document(
        "response to HEAD",
        "/paths/~1v1~1things~1{thing_id}/head",
        {
            "parameters": [
                {"name": "thing_id", "in": "path", "required": True, "schema": {"type": "string"}}
            ],
            "responses": {"200": {"description": "x", "content": {"application/json": {}}}},
        },
        "HEAD has no content",
        at="/paths/~1v1~1things~1{thing_id}/head/responses",
    ),
    _document(
        "mutual TLS",
        "/components/securitySchemes/Token",
        {"type": "mutualTLS"},
        "mutualTLS",
        at="/components/securitySchemes/Token/type",
    ),
    _document(
        "key in a query",
        "/components/securitySchemes/Token",
        {"type": "apiKey", "in": "query", "name": "k"},
        "outside the headers",
        at="/components/securitySchemes/Token/in",
    ),
    _document(
        "upgrade",
        f"{FIND}/responses",
        {"101": {"description": "x"}},
        "upgrade",
    ),
    _document(
        "related parts",
        f"{STORE}/requestBody/content",
        {"multipart/related": {}},
        "multipart/related",
        at=f"{STORE}/requestBody/content/multipart~1related",
    ),
    _document(
        "style of a form",
        f"{STORE}/requestBody/content",
        {
            "multipart/form-data": {
                "schema": {"$ref": "#/components/schemas/Part"},
                "encoding": {"size": {"style": "x"}},
            }
        },
        "'x'",
        at=f"{STORE}/requestBody/content/multipart~1form-data/encoding/size/style",
    ),
    _document(
        "headers of a part",
        f"{STORE}/requestBody/content",
        {
            "multipart/form-data": {
                "schema": {"$ref": "#/components/schemas/Part"},
                "encoding": {"size": {"headers": {}}},
            }
        },
        "`headers`",
        at=f"{STORE}/requestBody/content/multipart~1form-data/encoding/size/headers",
    ),
    _document(
        "nested object in a query",
        f"{FIND}/parameters/1/schema",
        {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Part"}},
        "query parameter of this",
    ),
    _document(
        "parameter of XML",
        f"{FIND}/parameters/1",
        {"name": "page", "in": "query", "content": {"application/xml": {"schema": {}}}},
        "application/xml",
        at=f"{FIND}/parameters/1/content/application~1xml",
    ),
    _document(
        "unknown scheme", "/security/0", {"Other": []}, "no security scheme", at="/security/0/Other"
    ),
    _document(
        "effect without a key",
        f"{STORE}/x-arp-idempotency",
        {"key": "id", "lookup": "find"},
        "no property `id`",
        at=f"{STORE}/x-arp-idempotency/key",
    ),
    _document(
        "effect without a look-up",
        f"{STORE}/x-arp-idempotency",
        {"key": "size", "lookup": "find"},
        "same response",
        at=f"{STORE}/x-arp-idempotency/lookup",
    ),
    _document(
        "page token of no parameter",
        f"{FIND}/x-arp-pageable",
        {"token": "t"},
        "not a query parameter",
        at=f"{FIND}/x-arp-pageable/token",
    ),
    _document("invalid document", f"{FIND}/parameters/1/in", "body", "body"),
    _document("schema that is none", f"{PART}/properties", [], "[]"),
    _document(
        "reference to something that is not a schema",
        f"{JSON}/schema/$ref",
        "#/info/title",
        "is not a schema",
        at=f"{JSON}/schema",
    ),
    Rejection(
        "model of another service",
        (
            (DOCUMENT, f"{JSON}/schema/$ref", "other.openapi.yaml#/components/schemas/Far"),
            (
                "openapi/other.openapi.yaml",
                "",
                {
                    "openapi": "3.0.3",
                    "info": {"title": "Other", "version": "1"},
                    "paths": {"/x": {"get": {"responses": {"204": {"description": "x"}}}}},
                    "components": {"schemas": {"Far": OBJECT}},
                },
            ),
        ),
        "move it to schemas/",
        "openapi/other.openapi.yaml#/components/schemas/Far",
    ),
)

_EMPTY = {"openapi": "3.0.3", "info": {"title": "X", "version": "1"}, "paths": {}}

FILES = (
    Rejection(
        "service named as a package of ours",
        (("openapi/core.openapi.yaml", "", _EMPTY),),
        "is a package that is written by hand",
        "openapi/core.openapi.yaml#",
    ),
    Rejection(
        "service named as a keyword",
        (("openapi/class.openapi.yaml", "", _EMPTY),),
        "cannot be the name of a package",
        "openapi/class.openapi.yaml#",
    ),
    Rejection(
        "service named with a dot",
        (("openapi/a.b.openapi.yaml", "", _EMPTY),),
        "cannot be the name of a package",
        "openapi/a.b.openapi.yaml#",
    ),
    Rejection(
        "two documents of one service",
        (("openapi/shop.openapi.json", "", _EMPTY),),
        "describes the same service",
        "openapi/shop.openapi.yaml",
    ),
    Rejection(
        "two services of one package",
        (("openapi/a-b.openapi.yaml", "", _EMPTY), ("openapi/a_b.openapi.yaml", "", _EMPTY)),
        "has the package a_b too",
        "openapi/a_b.openapi.yaml#",
    ),
    Rejection("no object", ((DOCUMENT, "", []),), "not an OpenAPI document", f"{DOCUMENT}#"),
    Rejection(
        "NaN",
        ((DOCUMENT, f"{PART}/default", float("nan")),),
        "not a JSON value",
        f"{DOCUMENT}#{PART}/default",
    ),
    Rejection(
        "document without paths",
        ((DOCUMENT, "/paths", REMOVED),),
        "needs `paths`",
        f"{DOCUMENT}#",
    ),
)

REJECTIONS = (*SCHEMAS, *DOCUMENTS, *FILES)
