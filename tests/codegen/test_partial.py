"""Unsupported parts are rejected with the whole contract, or left out and listed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from codegen.mutation import DOCUMENT, Change, mutated
from codegen.places import CONTRACTS
from codegen.rejections import FIND, PART, STORE
from codegen.runs import run

NAMES = ("--namespace", "acme", "--prefix", "acme")
LIST: dict[str, Any] = {
    "get": {
        "operationId": "list_all",
        "responses": {
            "200": {
                "description": "All.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Loop"}}},
            }
        },
    }
}
# Loop and Part refer to each other, and Broken makes both unusable.
LOOP: dict[str, Any] = {
    "type": "object",
    "properties": {
        "part": {"$ref": "#/components/schemas/Part"},
        "broken": {"$ref": "#/components/schemas/Broken"},
    },
}
CASES: dict[str, tuple[tuple[Change, ...], dict[str, str]]] = {
    "an unsupported parameter": (
        ((DOCUMENT, f"{FIND}/parameters/1/allowReserved", True),),
        {"GET /v1/things/{thing_id}": f"{FIND}/parameters/1/allowReserved"},
    ),
    "an unsupported method next to others": (
        (
            (
                DOCUMENT,
                "/paths/~1v1~1things~1{thing_id}/trace",
                {"responses": {"200": {"description": "x"}}},
            ),
        ),
        {"TRACE /v1/things/{thing_id}": "/paths/~1v1~1things~1{thing_id}/trace"},
    ),
    "an unsupported schema": (
        ((DOCUMENT, f"{PART}/not", {}),),
        {"PUT /v1/things/{thing_id}": f"{PART}/not"},
    ),
    "schemas that refer to each other": (
        (
            (DOCUMENT, "/components/schemas/Broken", {"type": "object", "not": {}}),
            (DOCUMENT, "/components/schemas/Loop", LOOP),
            (DOCUMENT, f"{PART}/properties/loop", {"$ref": "#/components/schemas/Loop"}),
            (DOCUMENT, "/paths/~1v1~1all", LIST),
        ),
        {
            "GET /v1/all": "/components/schemas/Broken/not",
            "PUT /v1/things/{thing_id}": "/components/schemas/Broken/not",
        },
    ),
    "an invalid schema": (
        ((DOCUMENT, f"{PART}/properties/size/type", "strnig"),),
        {"PUT /v1/things/{thing_id}": f"{PART}/properties/size/type"},
    ),
    "an invalid operation": (
        ((DOCUMENT, f"{STORE}/responses", []),),
        {"PUT /v1/things/{thing_id}": f"{STORE}/responses"},
    ),
    "an invalid response": (
        ((DOCUMENT, f"{FIND}/responses/200/unknown", 1),),
        {"GET /v1/things/{thing_id}": f"{FIND}/responses/200"},
    ),
    "a reference to nowhere": (
        ((DOCUMENT, f"{PART}/properties/size", {"$ref": "#/components/schemas/None"}),),
        {"PUT /v1/things/{thing_id}": f"{PART}/properties/size"},
    ),
    "an unsupported schema that nothing uses": (
        ((DOCUMENT, "/components/schemas/Broken", {"not": {}}),),
        {},
    ),
    "something invalid that is not used": (((DOCUMENT, "/info/version", 7),), {}),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_left_out_and_listed(name: str, tmp_path: Path) -> None:
    changes, omitted = CASES[name]
    root = mutated(tmp_path, *changes)

    whole = run("--spec", root, "--out", tmp_path / "whole", *NAMES)
    done = run("--spec", root, "--out", tmp_path / "out", *NAMES, "--partial")

    assert (whole.returncode, done.returncode) == (2, 0), done.stderr
    assert whole.stderr.startswith("error: ")
    assert not (tmp_path / "whole").exists()
    listed = dict(re.findall(r"^omitted: (.*?): \S+?#(\S*): ", done.stderr, re.MULTILINE))
    assert listed == omitted
    (client,) = (tmp_path / "out").glob("packages/*/src/acme/shop/_client.py")
    methods = set(re.findall(r"Operation `(\w+)` of", client.read_text(encoding="utf-8")))
    absent = {"find": "GET /v1/things", "store": "PUT /v1/things", "list_all": "GET /v1/all"}
    expected = {m for m, start in absent.items() if not any(o.startswith(start) for o in omitted)}
    assert methods == expected - ({"list_all"} if "each other" not in name else set())


def test_what_is_supported_is_generated_as_usual(tmp_path: Path) -> None:
    spec = ("--spec", CONTRACTS / "kitchen_sink", *NAMES)
    for folder, *partial in ((tmp_path / "a",), (tmp_path / "b", "--partial")):
        done = run(*spec, "--out", folder, *partial)
        assert (done.returncode, done.stderr) == (0, "")

    files = [path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.py")]
    assert files
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_a_contract_without_anything_supported_is_rejected(tmp_path: Path) -> None:
    changes = [(DOCUMENT, f"{each}/parameters/0/in", "cookie") for each in (FIND, STORE)]

    done = run("--spec", mutated(tmp_path, *changes), "--out", tmp_path, *NAMES, "--partial")

    assert done.returncode == 2
    assert "declares no operation" in done.stderr
