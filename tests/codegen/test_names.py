"""The pipeline does not contain the name of any service, model or operation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from codegen.places import GENERATOR, OURS

PIPELINE = sorted(
    path
    for path in GENERATOR.parent.joinpath("pipeline").rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
)
# The conventions for pagination, and the keys of the extensions.
CONVENTIONAL = {"workflows.py": {"pagination", "Pagination", "status", "Status", "error", "Error"}}
# The name of the protocol, which is not a service.
PROTOCOL = re.compile(r"agent runtime protocol|agent runtime", re.IGNORECASE)


def _services() -> Iterator[str]:
    for path in OURS.glob("openapi/*.openapi.yaml"):
        yield path.name.partition(".")[0]


def _operations() -> Iterator[str]:
    for path in OURS.glob("openapi/*.openapi.yaml"):
        document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        for item in document["paths"].values():
            for operation in item.values():
                if isinstance(operation, dict) and "operationId" in operation:
                    yield operation["operationId"]


def _models() -> Iterator[str]:
    for path in OURS.rglob("*.schema.json"):
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        yield from filter(None, [content.get("title")])
        yield path.name.partition(".")[0]


def _spellings(name: str) -> set[str]:
    """Return the forms of a name in code: `tool_registry`, `ToolRegistry`, `TOOL-REGISTRY`."""
    words = re.findall(r"[A-Z]?[a-z]+", name)
    joined = {sign.join(words).lower() for sign in ("_", "-", " ")}
    return joined | {"".join(word.capitalize() for word in words)}


def _mentions(text: str, name: str, exactly: bool) -> bool:
    """Return whether a text contains a name.

    Args:
        text: The text.
        name: The name.
        exactly: Whether only a string literal with the name counts, as for a common word.
    """
    if exactly:
        return any(f'"{word}"' in text or f"'{word}'" in text for word in _spellings(name))
    spellings = "|".join(map(re.escape, sorted(_spellings(name))))
    return re.search(rf"(?<![A-Za-z])(?:{spellings})(?![a-z])", text, re.IGNORECASE) is not None


def test_there_are_names_to_look_for() -> None:
    assert len(set(_services())) == 3
    assert len(set(_operations())) > 15
    assert len(set(_models())) > 30


@pytest.mark.full
@pytest.mark.parametrize("path", [GENERATOR, *PIPELINE], ids=lambda path: path.name)
def test_no_name_of_the_contract_is_in(path: Path) -> None:
    text = PROTOCOL.sub("", path.read_text(encoding="utf-8"))
    found = {name for name in _services() if _mentions(text, name, exactly=False)}
    for name in {*_operations(), *_models()}:
        # A name of one word, such as `status`, is also a common word.
        one_word = len(re.findall(r"[A-Z]?[a-z]+", name)) == 1
        if one_word and path.name == "pyproject.toml.j2":
            continue  # Its own keys are common words too.
        if _mentions(text, name, exactly=one_word):
            found.add(name)

    assert found - CONVENTIONAL.get(path.name, set()) == set()


@pytest.mark.parametrize(
    ("text", "name", "exactly"),
    [
        ("a ToolRegistry", "tool_registry", False),
        ("/v1/run-result/", "RunResult", False),
        ("RUN_RESULT = 1", "RunResult", False),
        ('if name == "health":', "health", True),
        ("'Health'", "health", True),
    ],
)
def test_a_name_would_be_found(text: str, name: str, exactly: bool) -> None:
    assert _mentions(text, name, exactly)
