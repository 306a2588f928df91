"""The lock has what is declared, exactly, with hashes and licences."""

from __future__ import annotations

import json
import re

import pytest
from packaging.requirements import Requirement

from supply import licenses, lock

TEXT = lock.LOCK.read_text(encoding="utf-8")
HASHED = "--hash=sha256:" + "0" * 64


def test_it_satisfies_what_is_declared() -> None:
    assert lock.problems(lock.inputs(), lock.parse(TEXT)) == []


def test_it_names_no_index() -> None:
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links|file:", TEXT)


def test_every_hash_is_a_sha256() -> None:
    hashes = [each for locked in lock.parse(TEXT) for each in locked.hashes]
    assert hashes
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes)


@pytest.mark.parametrize(
    ("wanted", "lines", "problem"),
    [
        ("thing>=2", f"thing==1.9 {HASHED}", "there is 1.9"),
        ("thing>=2", f"other==2.0 {HASHED}", "there is nothing"),
        ("thing", "thing==1.0", "has no hash"),
        ("thing", f'thing==1.0 ; python_full_version < "3.11" {HASHED}', "for Python 3.13"),
        ("thing", f"thing==1.0 {HASHED}\nthing==2.0 {HASHED}", "there is 1.0, 2.0"),
    ],
)
def test_what_does_not_satisfy_is_told(wanted: str, lines: str, problem: str) -> None:
    told = lock.problems([Requirement(wanted)], lock.parse(lines))
    assert any(problem in each for each in told), told


@pytest.mark.parametrize(
    ("wanted", "lines"),
    [
        ("Th_ing[extra]>=1,<2", f"th-ing==1.9 {HASHED}"),
        ("thing", f"thing==1.0 \\\n    {HASHED} \\\n    {HASHED}\n# a word"),
        ('thing ; python_version < "3.11"', f'thing==1 ; python_full_version < "3.11" {HASHED}'),
        (
            "thing",
            f'thing==1.0 ; python_full_version < "3.12" {HASHED}\n'
            f'thing==2.0 ; python_full_version >= "3.12" {HASHED}',
        ),
    ],
)
def test_what_satisfies_is_not_told(wanted: str, lines: str) -> None:
    assert lock.problems([Requirement(wanted)], lock.parse(lines)) == []


def test_a_range_in_a_lock_is_an_error() -> None:
    with pytest.raises(ValueError, match="not an exact version"):
        lock.parse(f"thing>=1.0 {HASHED}")


def test_every_license_is_known_and_allowed() -> None:
    table = licenses.read(licenses.TABLE.read_text(encoding="utf-8"))
    assert licenses.refused(table, lock.parse(TEXT)) == []
    assert len(table) == len(lock.parse(TEXT))


@pytest.mark.parametrize(
    "license_",
    ["MIT", "BSD License; zlib/libpng License", "GPL-3.0-only OR MIT", "(Apache-2.0 AND MIT)"],
)
def test_allowed_licenses(license_: str) -> None:
    assert licenses.allowed(license_)


@pytest.mark.parametrize(
    "license_",
    ["UNKNOWN", "GPL-3.0-only", "MIT AND GPL-3.0-only", "BSD License; GPL", "Proprietary", ""],
)
def test_refused_licenses(license_: str) -> None:
    table = json.dumps([{"Name": "Thing", "Version": "1.0", "License": license_}])
    locked = lock.parse(f"thing==1.0 {HASHED}")
    assert licenses.refused(licenses.read(table), locked) == [
        f"thing 1.0 is licensed by {license_!r}"
    ]


def test_a_license_that_is_missing_is_told() -> None:
    assert licenses.refused({}, lock.parse(f"thing==1.0 {HASHED}")) == [
        "thing 1.0 is not in the table"
    ]
