"""The standard's examples and golden vectors survive decoding and encoding."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from arp_sdk.schema import Model, check_value, decode_json
from contract.places import LINES, V0_3, V1, Line

MODELS = {
    V1: importlib.import_module("arp_sdk.models"),
    V0_3: importlib.import_module("arp_sdk.v0_3.models"),
}
NUMBERS = {V1: 55, V0_3: 48}
TITLES = {"error": "ErrorEnvelope", "error_detail": "Error"}


def vectors(line: Line) -> list[Path]:
    try:
        root = line.reference_or_skip()
    except pytest.skip.Exception:
        return []
    folders = (root / "examples", root / "conformance" / "json_vectors")
    return sorted(path for folder in folders for path in folder.rglob("*.json"))


def cases() -> Iterator[Any]:
    for line in LINES:
        for path in vectors(line):
            name = "-".join((line.folder, *path.parts[-3:]))
            yield pytest.param(MODELS[line], path, id=name)


def type_for(models: ModuleType, path: Path) -> Any:
    name = TITLES.get(path.stem) or "".join(word.title() for word in path.stem.split("_"))
    return getattr(models, name)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.folder)
def test_all_vectors_are_present(line: Line) -> None:
    line.reference_or_skip()
    assert len(vectors(line)) == NUMBERS[line]


@pytest.mark.parametrize(("models", "path"), list(cases()))
def test_a_vector_survives_the_round_trip(models: ModuleType, path: Path) -> None:
    type_ = type_for(models, path)
    text = path.read_text(encoding="utf-8")
    read = decode_json(text, type_)
    assert json.loads(msgspec.json.encode(read)) == json.loads(text)
    check_value(read, type_, path.stem)
    if isinstance(read, Model):
        assert type(read).from_dict(read.to_dict()) == read
        assert json.loads(read.to_json()) == json.loads(text)
        read.validate()
