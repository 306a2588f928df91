"""A contract may use any name, also those that generated modules need for themselves."""

from __future__ import annotations

import ast
import builtins
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

import arp_sdk.models
from codegen.places import PYTHON, REPOSITORY, environment, source_folders
from codegen.runs import copy_packages, run
from pipeline import names

STRING = {"type": "string"}
PATHS = (
    "arp-core/src/arp_sdk/models",
    "arp-daemon/src",
    "arp-runtime/src",
    "arp-tool-registry/src",
)
_NAMES_OF_NODES = ("id", "arg", "name", "asname")
# Classes and members that the generated ones inherit from.
BASES = """
from arp_sdk.core import Client
from arp_sdk.core.aio import AsyncClient
from arp_sdk.schema import Model, OpenEnum, ToolFormats
print(*{name for base in (Client, AsyncClient, Model, OpenEnum, ToolFormats) for name in dir(base)})
"""
PROGRAM = """
import importlib, inspect, sys, typing
sys.path.insert(0, sys.argv[1])
from codegen.recording_server import recording_server
from arp_sdk import shop
from arp_sdk.shop import models, operations
from arp_sdk.shop import ShopClient
from arp_sdk.shop.server import ShopService

for kind in (*(getattr(shop, name) for name in shop.__all__[:4]), ShopService):
    for name, method in inspect.getmembers(kind, inspect.isfunction):
        if not name.startswith("_"):
            typing.get_type_hints(method)

declared = [each for each in vars(operations).values() if type(each).__name__ == "Operation"]
called = 0
with recording_server() as server, ShopClient(server.url) as client:
    for name, operation in ShopService.contract.operations.items():
        if operation.path.startswith("/get/"):
            server.answer(200, b'{"x": "y"}')
            found = getattr(client, name)()
            assert type(found) is operation.responses[200] and found.x == "y", name
            called += 1
    arguments = list(operations.TAKE_ALL.query)
    server.answer(204)
    client.take_all(**{name: name for name in arguments})
    sent = [pair.partition("=")[0] for pair in server.last.target.partition("?")[2].split("&")]
    assert sent == [each.name for each in operations.TAKE_ALL.query.values()]
    server.answer(200, b'data: {"x": "y"}\\n\\n', "text/event-stream")
    with client.stream_all(idle_timeout=5.0, last_event_id="7", idle_timeout_="i") as events:
        assert next(iter(events)).x == "y"
    assert "?idle_timeout=i" in server.last.target
    assert server.last.headers["last-event-id"] == "7"
    everything = models.Everything(**{name: name for name in models.Everything.__struct_fields__})
    everything.validate()
    assert models.Everything.from_json(everything.to_json()) == everything
    assert list(everything.to_dict()) == list(models.Everything.__struct_encode_fields__)
print(len(declared), called, len(arguments), len(everything.to_dict()))
"""


def _used_names() -> set[str]:
    """Return the names that our generated modules use or define, and those that they inherit."""
    found = set(dir(builtins))
    for folder in PATHS:
        for path in (REPOSITORY / "packages" / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                found |= {str(value) for key, value in vars(node).items() if key in _NAMES_OF_NODES}
    folders = [REPOSITORY / "packages" / "arp-core" / "src"]
    inherited = subprocess.check_output([PYTHON, "-c", BASES], env=environment(*folders), text=True)
    # No derived name has an underscore at its start. The models are named by our contract.
    every = {*found, *inherited.split()}.difference(vars(arp_sdk.models))
    return {name for name in every if name.isidentifier() and not name.startswith("_")}


def _distinct(words: Iterable[str], derive: Callable[[str], str]) -> list[str]:
    """Return the words without those that have the derived name of an earlier one, or none."""
    by_derived = {derive(word): word for word in sorted(words, reverse=True)}
    return sorted(word for derived, word in by_derived.items() if derived.isidentifier())


def _contract(words: set[str]) -> dict[str, Any]:
    """Return a document that uses words as the names of everything."""
    schemas = _distinct(
        words | {"AsyncShopClient", "ShopService"}, lambda w: names.pascal(w).lower()
    )
    schemas = [word for word in schemas if names.pascal(word) != "Everything"]
    ids = _distinct(words | {"service", "take_all_pages"}, names.method_name)
    fields = _distinct(words, names.field_name)
    arguments = _distinct(words, lambda word: names.argument_name(word, False))
    streamed = _distinct(words, lambda word: names.argument_name(word, True))
    reference = {"$ref": "#/components/schemas/Everything"}
    gets = {
        f"/get/{index}": {
            "get": {
                "operationId": id_,
                "responses": _response({"$ref": f"#/components/schemas/{schemas[index]}"}),
            }
        }
        for index, id_ in enumerate(ids[: len(schemas)])
    }
    item = {"$ref": f"#/components/schemas/{schemas[0]}"}
    stream = {"text/event-stream": {"schema": STRING, "x-item-schema": item}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Shop", "version": "1"},
        "paths": {
            **gets,
            "/all": {
                "get": {
                    "operationId": "take_all",
                    "parameters": _parameters(arguments),
                    "responses": {"204": {"description": "Nothing."}},
                },
                "post": {
                    "operationId": "put_all",
                    "requestBody": {"content": {"application/json": {"schema": reference}}},
                    "responses": _response(reference),
                },
            },
            "/stream": {
                "get": {
                    "operationId": "stream_all",
                    "parameters": _parameters(streamed),
                    "responses": {"200": {"description": "It.", "content": stream}},
                }
            },
        },
        "components": {
            "schemas": {
                "Everything": {
                    "type": "object",
                    "required": fields,
                    "properties": dict.fromkeys(fields, STRING),
                },
                **{word: {"type": "object", "properties": {"x": STRING}} for word in schemas},
            }
        },
    }


def _parameters(words: list[str]) -> list[dict[str, Any]]:
    return [{"name": word, "in": "query", "schema": STRING} for word in words]


def _response(schema: dict[str, Any]) -> dict[str, Any]:
    return {"200": {"description": "It.", "content": {"application/json": {"schema": schema}}}}


@pytest.mark.full
def test_any_name_works_on_the_wire(tmp_path: Path) -> None:
    path = tmp_path / "spec" / "openapi" / "shop.openapi.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(_contract(_used_names()), sort_keys=False), encoding="utf-8")
    out = tmp_path / "out"
    copy_packages(out, "arp-core", "arp-server")
    done = run("--spec", tmp_path / "spec", "--out", out)
    assert done.returncode == 0, done.stderr

    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    ran = subprocess.run(
        [PYTHON, str(program), str(REPOSITORY / "tests")],
        env=environment(*source_folders(out)),
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert all(int(count) > 250 for count in ran.stdout.split()), ran.stdout
