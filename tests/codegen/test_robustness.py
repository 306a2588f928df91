"""Any value anywhere in a contract is generated, or rejected with its location."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codegen.mutation import DOCUMENT, OTHER, THING, mutated, read
from pipeline.errors import ContractError
from pipeline.load import documents, references

VALUES: list[Any] = [None, True, "x", [], {"x": {}}, {"$ref": "#"}, {"$ref": 7}]


def _locations(content: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield above
    if isinstance(content, (dict, list)):
        for key in content if isinstance(content, dict) else range(len(content)):
            yield from _locations(content[key], (*above, key))


def _with(content: Any, location: tuple[Any, ...], value: Any) -> Any:
    if not location:
        return copy.deepcopy(value)
    changed = copy.deepcopy(content)
    holder = changed
    for key in location[:-1]:
        holder = holder[key]
    holder[location[-1]] = copy.deepcopy(value)
    return changed


@pytest.mark.full
@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("file", [DOCUMENT, THING, OTHER])
def test_a_wrong_value_is_never_a_crash(
    file: str, value: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = mutated(tmp_path).resolve()
    content = documents.load_file(root / file)
    read_file = documents.load_file
    rejected: list[str] = []
    for location in _locations(content):
        changed = _with(content, location, value)

        def load_changed(path: Path, *rest: Any, changed: Any = changed) -> Any:
            return changed if path == root / file else read_file(path, *rest)

        monkeypatch.setattr(references, "load_file", load_changed)
        try:
            read(root)
        except ContractError as error:
            rejected.append(str(error))

    assert rejected
    assert [error for error in rejected if not error.startswith(("openapi/", "schemas/"))] == []
