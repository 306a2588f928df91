"""An unsupported construct is an error that names the file and the JSON pointer."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.mutation import DOCUMENT, THING, mutated, read
from codegen.rejections import REJECTIONS, Rejection
from codegen.runs import run
from pipeline.errors import ContractError


def test_the_unchanged_contract_is_accepted(tmp_path: Path) -> None:
    api = read(mutated(tmp_path))

    assert [operation.name for operation in api.services[0].operations] == ["find", "store"]


@pytest.mark.parametrize("rejection", REJECTIONS, ids=str)
def test_it_is_rejected(rejection: Rejection, tmp_path: Path) -> None:
    root = mutated(tmp_path, *rejection.changes)

    with pytest.raises(ContractError) as caught:
        read(root)

    where, _, what = str(caught.value).partition(": ")
    assert where == rejection.where
    assert rejection.says in what


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        (THING, '{"type": "object", "type": "array"}', "the key `type` occurs twice"),
        (THING, "{", "cannot be parsed"),
        (THING, "[" * 100_000 + "]" * 100_000, "nested too deeply"),
        (DOCUMENT, "openapi: 3.0.3\nopenapi: 3.0.2\n", "the key `openapi` occurs twice"),
        (DOCUMENT, "a: [", "cannot be parsed"),
        (DOCUMENT, "a: &a [*a]\n", "contains itself"),
        (DOCUMENT, "a: !!binary aGk=\n", "not a JSON value"),
        (DOCUMENT, "? [a]\n: b\n", "cannot be parsed"),
        (DOCUMENT, "", "not an OpenAPI document"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    file: str, text: str, says: str, tmp_path: Path
) -> None:
    root = mutated(tmp_path)
    (root / file).write_text(text, encoding="utf-8")

    with pytest.raises(ContractError) as caught:
        read(root)

    assert str(caught.value).startswith(file)
    assert says in str(caught.value)


def test_the_command_shows_the_error_and_no_traceback(tmp_path: Path) -> None:
    root = mutated(tmp_path, (THING, "/properties/count/maximum", "x"))

    done = run("--spec", root, "--out", tmp_path / "out")

    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {THING}#/properties/count/maximum: ")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_without_a_contract_is_named(tmp_path: Path) -> None:
    done = run("--spec", tmp_path, "--out", tmp_path / "out")

    assert done.returncode == 2
    assert str(tmp_path) in done.stderr
