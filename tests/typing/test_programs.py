from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support.type_checkers import CHECKERS, Checker, marked_lines

FOLDER = Path(__file__).parent
PROGRAMS = sorted((FOLDER / "programs").glob("*.py"))
# Not a .py file, so that the repository's own checks do not report its errors.
WRONG_USES = FOLDER / "wrong_uses.py.txt"

pytestmark = pytest.mark.full


@pytest.mark.parametrize("checker", CHECKERS)
def test_right_programs_pass_and_each_wrong_use_is_an_error(
    checker: Checker, tmp_path: Path
) -> None:
    assert PROGRAMS
    right = [Path(shutil.copy(each, tmp_path / f"user_{each.name}")) for each in PROGRAMS]
    wrong = Path(shutil.copy(WRONG_USES, tmp_path / "wrong_uses.py"))
    errors = dict(checker([*right, wrong], None))
    found = errors.pop(wrong.name)
    assert errors == {each.name: {} for each in right}
    expected = marked_lines(wrong)
    assert expected - found.keys() == set(), "not reported"
    assert {line: found[line] for line in found.keys() - expected} == {}, "not marked"
