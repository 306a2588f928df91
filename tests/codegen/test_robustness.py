"""Whatever stands anywhere in a contract: it is generated, or refused with its place."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codegen.mutation import DOCUMENT, OTHER, THING, mutated, read
from pipeline.errors import ContractError
from pipeline.load import documents as load
from pipeline.load import references as resolve

VALUES: list[Any] = [None, True, 7, "x", "", [], ["x"], {}, {"x": {}}, {"$ref": "#"}, {"$ref": 7}]


def _places(content: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield above
    if isinstance(content, (dict, list)):
        for key in content if isinstance(content, dict) else range(len(content)):
            yield from _places(content[key], (*above, key))


def _with(content: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return copy.deepcopy(value)
    changed = copy.deepcopy(content)
    holder = changed
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = copy.deepcopy(value)
    return changed


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("file", [DOCUMENT, THING, OTHER])
def test_a_wrong_value_is_never_a_crash(
    file: str, value: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = mutated(tmp_path).resolve()
    content = load.load_file(root / file)
    read_file = load.load_file
    refused: list[str] = []
    for place in _places(content):
        changed = _with(content, place, value)

        def load_changed(path: Path, *rest: Any, changed: Any = changed) -> Any:
            return changed if path == root / file else read_file(path, *rest)

        monkeypatch.setattr(resolve, "load_file", load_changed)
        try:
            read(root)
        except ContractError as error:
            refused.append(str(error))

    assert refused
    assert [error for error in refused if not error.startswith(("openapi/", "schemas/"))] == []
