"""The tables of codegen/CONSTRUCTS.md: what is read, sent and rejected, from generated code.

`python tests/codegen/tables.py` writes them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

if __name__ == "__main__":
    ROOT = Path(__file__).resolve().parents[2]
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "codegen")]

from codegen.places import GENERATOR, PYTHON, REPOSITORY, environment, source_folders
from codegen.rejections import REJECTIONS
from codegen.runs import run

PAGE = GENERATOR.with_name("CONSTRUCTS.md")

CAT: dict[str, Any] = {"type": "object", "properties": {"kind": {"const": "cat"}, "a": {}}}
DOG: dict[str, Any] = {"type": "object", "properties": {"kind": {"const": "dog"}, "b": {}}}
REF = "#/components/schemas"
# A schema, and JSON values.
SCHEMAS: list[tuple[Any, list[Any]]] = [
    ({"type": "string", "minLength": 2}, ["ab", "a", 1]),
    ({"type": "string", "format": "date-time"}, ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05"]),
    ({"type": "string", "format": "byte"}, ["AQI=", "?"]),
    ({"type": "integer", "maximum": 9}, [1, 1.0, 10, 1.5]),
    ({"type": "number", "multipleOf": 0.01}, [19.99, 0.001]),
    ({"type": ["string", "null"]}, ["a", None]),
    ({"type": ["string", "integer"]}, ["a", 1, True]),
    ({"type": "string", "enum": ["asc", "ASC", "+1"]}, ["asc", "other", 1]),
    ({"type": "integer", "enum": [1, 2]}, [1, 3, "1"]),
    ({"enum": ["auto", 1, False]}, ["auto", False, 2]),
    ({"type": "boolean", "const": True}, [True, False, 1]),
    ({"type": "array", "items": {"type": "integer"}, "uniqueItems": True}, [[1, 2], [1, 1], ["a"]]),
    (
        {"prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
        [["a", 1], ["a", 1, 2], [True]],
    ),
    ({"type": "object"}, [{"a": 1}, []]),
    ({"type": "object", "propertyNames": {"pattern": "^a"}}, [{"ab": 1}, {"b": 1}]),
    ({"type": "object", "properties": {"a": {"type": "integer"}}}, [{"a": 1}, {"a": 1, "b": 2}]),
    (
        {
            "type": "object",
            "properties": {"a": {"type": "integer"}},
            "additionalProperties": {"type": "integer"},
        },
        [{"a": 1, "b": 2}, {"b": "c"}],
    ),
    (
        {"type": "object", "required": ["a"], "properties": {"a": {"readOnly": True}}},
        [{"a": 1}, {}],
    ),
    (
        {"oneOf": [{"$ref": f"{REF}/Cat"}, {"$ref": f"{REF}/Dog"}]},
        [{"kind": "dog", "b": 1}, {"kind": "cow", "c": 1}, "dog"],
    ),
    (
        {"allOf": [{"$ref": f"{REF}/Cat"}, {"properties": {"c": {"type": "integer"}}}]},
        [{"kind": "cat", "c": 1}, {"c": "x"}],
    ),
    (
        {"properties": {"a": {}, "b": {}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
        [{"a": 1}, {}],
    ),
    (
        {"properties": {"a": {}, "b": {}}, "not": {"required": ["a", "b"]}},
        [{"a": 1}, {"a": 1, "b": 2}],
    ),
]
STRINGS = {"type": "array", "items": {"type": "string"}}
POINT = {"$ref": f"{REF}/Point"}
# A parameter, and its value as JSON.
PARAMETERS: list[tuple[dict[str, Any], Any]] = [
    ({"in": "path", "schema": STRINGS}, ["a", "b/c"]),
    ({"in": "query", "schema": STRINGS}, ["a", "b"]),
    ({"in": "query", "explode": False, "schema": STRINGS}, ["a", "b,c"]),
    ({"in": "query", "style": "spaceDelimited", "explode": False, "schema": STRINGS}, ["a", "b"]),
    ({"in": "query", "schema": POINT}, {"x": 1, "y": 2}),
    ({"in": "query", "explode": False, "schema": POINT}, {"x": 1, "y": 2}),
    ({"in": "query", "style": "deepObject", "schema": POINT}, {"x": 1, "y": 2}),
    (
        {"in": "query", "style": "deepObject", "schema": {"additionalProperties": STRINGS}},
        {"x": ["a", "b"]},
    ),
    ({"in": "query", "schema": {"type": "object"}}, {"x": 1, "y": ["z"]}),
    ({"in": "query", "content": {"application/json": {"schema": POINT}}}, {"x": 1, "y": 2}),
    ({"in": "query", "schema": {"type": ["integer", "string"]}}, 1),
    ({"in": "header", "schema": STRINGS}, ["a", "b"]),
]
FILE = {"properties": {"f": {"type": "string", "format": "binary"}}}
# The content of a request.
BODIES: list[dict[str, Any]] = [
    {"application/json": {"schema": POINT}, "application/xml": {}},
    {"application/merge-patch+json": {"schema": {"anyOf": [POINT, {"type": "null"}]}}},
    {"application/x-www-form-urlencoded": {"schema": POINT}},
    {"multipart/form-data": {"schema": FILE}},
    {"multipart/form-data": {"schema": FILE}, "application/json": {"schema": FILE}},
    {"text/plain": {"schema": {"type": "string"}}},
    {"application/octet-stream": {}},
]
# The responses of an operation.
RESPONSES: list[dict[str, Any]] = [
    {"200": {"application/json": {"schema": POINT}, "application/xml": {}}},
    {"200": {"application/json": {"schema": POINT}}, "202": None},
    {"200": {"application/vnd.x+json": {"schema": POINT}}},
    {"200": {"text/csv": {}}},
    {"200": {"image/png": {}, "application/json": {}}},
    {"200": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
    {"200": {"text/event-stream": {"x-item-schema": POINT}}},
    {"200": {"application/json": {"schema": POINT}, "text/event-stream": {}}},
    {"default": {"application/json": {"schema": POINT}}},
    {"302": None},
]
# Run with the generated packages, because this process has packages of its own.
PROGRAM = """
import importlib, json, sys
from arp_sdk.core._call.request import build_request
from arp_sdk.errors import ArpError
from arp_sdk.schema import decode_json
from tables.shop import models, operations

def works(call):
    try:
        call()
    except ArpError:
        return False
    return True

given = json.load(sys.stdin)
rows = []
for name, values in given["schemas"]:
    found = []
    for value in values:
        read = works(lambda: models.All.from_dict({name: value}))
        sent = read and works(lambda: models.All.from_dict({name: value}).validate())
        found.append([read, sent])
    rows.append(found)
sent = []
for name, value in given["parameters"]:
    operation = getattr(operations, name)
    place = "path" if operation.path_parameters else "query" if operation.query else "headers"
    parameters = operation.path_parameters or list(getattr(operation, place).values())
    value = decode_json(json.dumps(value), parameters[0].type)
    arguments = [value] if place == "path" else {"p": value}
    request = build_request(operation, "", **{place: arguments})
    sent.append(f"P: {request.headers['P']}" if place == "headers" else request.url)
json.dump({"schemas": rows, "parameters": sent}, sys.stdout)
"""


def _document() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    done = {"204": {"description": ""}}
    for index, (parameter, _) in enumerate(PARAMETERS):
        path = f"/p{index}" + ("/{p}" if parameter["in"] == "path" else "")
        declared = {"name": "p", "required": parameter["in"] == "path", **parameter}
        get = {"operationId": f"p{index}", "parameters": [declared], "responses": done}
        paths[path] = {"get": get}
    for index, content in enumerate(BODIES):
        body = {"content": content, "required": True}
        post = {"operationId": f"b{index}", "requestBody": body, "responses": done}
        paths[f"/b{index}"] = {"post": post}
    for index, responses in enumerate(RESPONSES):
        declared = {
            status: {"description": "", **({"content": content} if content else {})}
            for status, content in responses.items()
        }
        paths[f"/r{index}"] = {"get": {"operationId": f"r{index}", "responses": declared}}
    properties = {f"s{index}": schema for index, (schema, _) in enumerate(SCHEMAS)}
    numbers = {"x": {"type": "integer"}, "y": {"type": "integer"}}
    point = {"type": "object", "properties": numbers}
    schemas = {
        "Cat": CAT,
        "Dog": DOG,
        "Point": point,
        "All": {"type": "object", "properties": properties},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def tables() -> dict[str, str]:
    """Return the tables by their names in the page."""
    with tempfile.TemporaryDirectory() as folder:
        return _tables(Path(folder))


def _tables(folder: Path) -> dict[str, str]:
    path = folder / "spec" / "openapi" / "shop.openapi.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(_document(), sort_keys=False), encoding="utf-8")
    out = folder / "out"
    done = run("--spec", folder / "spec", "--out", out, "--namespace", "tables", "--prefix", "tab")
    assert done.returncode == 0, done.stderr
    (shop,) = out.glob("packages/*/src/tables/shop")
    models = (shop / "models.py").read_text(encoding="utf-8")
    client = (shop / "_client.py").read_text(encoding="utf-8")
    operations = (shop / "operations.py").read_text(encoding="utf-8")
    given = {
        "schemas": [[f"s{index}", values] for index, (_, values) in enumerate(SCHEMAS)],
        "parameters": [[f"P{index}", value] for index, (_, value) in enumerate(PARAMETERS)],
    }
    folders = [*source_folders(out), REPOSITORY / "packages" / "arp-core" / "src"]
    printed = subprocess.run(
        [PYTHON, "-c", PROGRAM],
        input=json.dumps(given),
        env=environment(*folders),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(printed.stdout)
    rows = [
        [_flow(schema), _field(models, f"s{index}"), *_classified(values, found["schemas"][index])]
        for index, (schema, values) in enumerate(SCHEMAS)
    ]
    sent = [
        [_flow(parameter), _json(value), found["parameters"][index]]
        for index, (parameter, value) in enumerate(PARAMETERS)
    ]
    bodies = [
        [_flow(content), _argument(client, f"b{index}"), _media_type(operations, f"B{index}")]
        for index, content in enumerate(BODIES)
    ]
    responses = [
        [_flow(content), "<br>".join(map(_code, _results(client, f"r{index}")))]
        for index, content in enumerate(RESPONSES)
    ]
    return {
        "schemas": _table(["schema", "Python", "read and sent", "read only", "refused"], rows),
        "parameters": _table(["parameter", "value", "on the wire"], sent),
        "bodies": _table(["content of a request", "argument", "`Content-Type`"], bodies),
        "responses": _table(["responses", "result"], responses, coded=1),
        "rejected": _table(
            ["rejected", "with"],
            sorted([rejection.name, rejection.says] for rejection in REJECTIONS),
            coded=0,
        ),
    }


def _classified(values: list[Any], found: list[list[bool]]) -> list[str]:
    both = [_json(value) for value, each in zip(values, found, strict=True) if each[1]]
    read = [_json(v) for v, each in zip(values, found, strict=True) if each == [True, False]]
    none = [_json(value) for value, each in zip(values, found, strict=True) if not each[0]]
    return [", ".join(each) for each in (both, read, none)]


def _field(models: str, name: str) -> str:
    body = models.partition("class All(")[2]
    found = re.search(rf"^    {name}: (.*?)(?: = (?:None|UNSET))?$", body, re.MULTILINE)
    assert found is not None, name
    text = found[1].removesuffix(" | None").replace(" | UnsetType", "").replace('"', "")
    return re.sub(r"Annotated\[(.*), OnSend\(.*\)\]", r"\1", text)


def _argument(client: str, name: str) -> str:
    found = re.search(rf"def {name}\(self, body: (.*?)(?: = UNSET)?\) ->", client)
    assert found is not None, name
    return found[1]


def _media_type(operations: str, name: str) -> str:
    found = re.search(rf"^{name}: .*?^\)$", operations, re.MULTILINE | re.DOTALL)
    assert found is not None, name
    kind = re.search(r'media_type="(.*?)"', found[0])
    return kind[1] if kind else "application/json"


def _results(client: str, name: str) -> list[str]:
    found = re.findall(rf"def ({name}(?:_stream)?)\([^)]*\) -> (.*?):$", client, re.MULTILINE)
    return [f"{method}() -> {result}" for method, result in found]


def _json(value: Any) -> str:
    return json.dumps(value)


def _flow(value: Any) -> str:
    plain = json.loads(json.dumps(value))
    text = yaml.safe_dump(plain, default_flow_style=True, sort_keys=False, width=10_000).strip()
    text = re.sub(rf"'{REF}/(\w+)'", r"\1", text)
    return text.removeprefix("{").removesuffix("}")


def _code(text: str) -> str:
    return f"`{text}`" if text and "`" not in text else text


def _table(head: list[str], rows: list[list[str]], coded: int = 9) -> str:
    """Return a table of Markdown, with code in the first columns."""
    lines = [head, ["---"] * len(head)]
    for row in rows:
        lines.append([_code(cell) if index < coded else cell for index, cell in enumerate(row)])
    return "\n".join(
        f"| {' | '.join(c.replace('|', chr(92) + '|') for c in row)} |" for row in lines
    )


def updated(readme: str, found: dict[str, str]) -> str:
    """Return the text of the page with these tables."""
    for name, table in found.items():
        marked = rf"(<!-- {name}, by tests/codegen/tables\.py -->\n).*?(<!-- end -->)"
        place = re.search(marked, readme, re.DOTALL)
        assert place is not None, f"the page has no place for the table `{name}`"
        text = f"{place[1]}\n{table}\n\n{place[2]}"
        readme = f"{readme[: place.start()]}{text}{readme[place.end() :]}"
    return readme


if __name__ == "__main__":
    os.chdir(REPOSITORY)
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(updated(text, tables()), encoding="utf-8")
