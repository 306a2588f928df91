"""The programs in the README run as they stand, and print what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from first_party.environment import REPOSITORY

README = REPOSITORY / "packages" / "arp-sandbox" / "README.md"
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.M | re.S)


def test_there_are_programs() -> None:
    assert len(PROGRAMS) == 5


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_a_program_runs(tmp_path: Path, number: int) -> None:
    is_test = "def test_" in PROGRAMS[number]
    program = tmp_path / "test_program.py"
    program.write_text(PROGRAMS[number], encoding="utf-8")
    how = ["-m", "pytest", "-q"] if is_test else []
    ran = subprocess.run(
        [sys.executable, "-W", "error", *how, str(program)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "ARP_TOKEN": ""},
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    claimed = re.findall(r"^ *print\(.*\)  # (.*)$", PROGRAMS[number], re.M)
    assert claimed == ran.stdout.splitlines()[: len(claimed)]
    assert not is_test or "2 passed" in ran.stdout
