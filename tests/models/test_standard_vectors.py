"""The standard's examples and golden vectors survive decoding and encoding."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import arp_sdk.models
from arp_sdk.schema import Model
from contract.places import V1

NAMES = {"error": "ErrorEnvelope"}


def vectors() -> list[Path]:
    try:
        root = V1.reference_or_skip()
    except pytest.skip.Exception:
        return []
    folders = (root / "examples", root / "conformance" / "json_vectors")
    return sorted(path for folder in folders for path in folder.rglob("*.json"))


def model_for(path: Path) -> type[Model]:
    name = NAMES.get(path.stem) or "".join(word.title() for word in path.stem.split("_"))
    model: type[Model] = getattr(arp_sdk.models, name)
    return model


def test_all_vectors_are_present() -> None:
    V1.reference_or_skip()
    assert len(vectors()) == 55


@pytest.mark.parametrize("path", vectors(), ids=lambda path: "-".join(path.parts[-3:]))
def test_a_vector_survives_the_round_trip(path: Path) -> None:
    model = model_for(path)
    text = path.read_text(encoding="utf-8")
    read = model.from_json(text)
    assert json.loads(read.to_json()) == json.loads(text)
    assert model.from_dict(read.to_dict()) == read
    read.validate()
