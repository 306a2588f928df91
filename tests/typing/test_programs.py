from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from .checkers import Errors, mypy_errors, pyright_errors

FOLDER = Path(__file__).parent
PROGRAMS = sorted((FOLDER / "programs").glob("*.py"))
# Not a .py file, so that the repository's own checks do not stumble over its errors.
WRONG_USES = FOLDER / "wrong_uses.py.txt"

Checker = Callable[[Sequence[Path], Path], Errors]

pytestmark = pytest.mark.parametrize(
    "checker", [mypy_errors, pyright_errors], ids=["mypy", "pyright"]
)


def marked_lines(program: Path) -> set[int]:
    lines = enumerate(program.read_text(encoding="utf-8").splitlines(), start=1)
    return {number for number, line in lines if line.endswith("# error")}


def test_right_programs_pass(checker: Checker, tmp_path: Path) -> None:
    assert PROGRAMS
    copies = [Path(shutil.copy(each, tmp_path / f"user_{each.name}")) for each in PROGRAMS]
    assert checker(copies, tmp_path) == {}


def test_each_wrong_use_is_an_error(checker: Checker, tmp_path: Path) -> None:
    program = Path(shutil.copy(WRONG_USES, tmp_path / "wrong_uses.py"))
    errors = checker([program], tmp_path)
    expected = marked_lines(program)
    assert errors.keys() == {program.name}
    found = errors[program.name]
    assert expected - found.keys() == set(), "not reported"
    assert {line: found[line] for line in found.keys() - expected} == {}, "not marked"
