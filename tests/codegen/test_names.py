"""The pipeline does not contain the name of any service, model or operation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
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


def _words(name: str) -> list[str]:
    return re.findall(r"[A-Z]?[a-z]+", name)


NAMES = sorted({*_services(), *_operations(), *_models()})


def _spellings(name: str) -> set[str]:
    """Return the forms of a name in code: `tool_registry`, `ToolRegistry`, `TOOL-REGISTRY`."""
    words = _words(name)
    joined = {sign.join(words).lower() for sign in ("_", "-", " ")}
    return joined | {"".join(word.capitalize() for word in words)}


def _mentioned(text: str, names: Iterable[str]) -> set[str]:
    """Return the names that a text contains, in any form.

    A name of one word, such as `status`, is also a common word: it counts as a string literal only.
    """
    spellings = {form: name for name in names for form in _spellings(name)}
    several = [form for form in spellings if len(_words(spellings[form])) > 1]
    single = [form for form in spellings if len(_words(spellings[form])) == 1]
    found = re.findall(rf"(?<![A-Za-z])({_any(several)})(?![a-z])", text, re.IGNORECASE)
    literals = re.findall(rf"[\"']({_any(single)})[\"']", text)
    by_lower = {form.lower(): name for form, name in spellings.items()}
    return {by_lower[form.lower()] for form in (*found, *literals)}


def _any(forms: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, forms), key=len, reverse=True)) or "(?!)"


def test_there_are_names_to_look_for() -> None:
    assert len(set(_services())) == 3
    assert len(set(_operations())) > 15
    assert len(set(_models())) > 30


@pytest.mark.full
@pytest.mark.parametrize("path", [GENERATOR, *PIPELINE], ids=lambda path: path.name)
def test_no_name_of_the_contract_is_in(path: Path) -> None:
    text = PROTOCOL.sub("", path.read_text(encoding="utf-8"))
    if path.name == "pyproject.toml.j2":
        text = text.replace('"', "")  # Its own keys are common words too.
    found = _mentioned(text, NAMES)
    found |= {
        name for name in _services() if re.search(rf"(?<![A-Za-z]){name}(?![a-z])", text, re.I)
    }

    assert found - CONVENTIONAL.get(path.name, set()) == set()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a ToolRegistry", "tool_registry"),
        ("/v1/run-result/", "RunResult"),
        ("RUN_RESULT = 1", "RunResult"),
        ('if name == "health":', "health"),
        ("'Health'", "health"),
    ],
)
def test_a_name_would_be_found(text: str, name: str) -> None:
    assert _mentioned(text, [name]) == {name}
