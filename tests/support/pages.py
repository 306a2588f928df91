"""The programs on the pages of the documentation."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

# A program, and the block of text that follows it if that is what it prints.
_BLOCK = re.compile(
    r"^```python\n(.*?)^```$(?:\n\n(?:[^\n`]*:\n\n)?```text\n(.*?)^```$)?", re.M | re.S
)


def programs_on(page: Path) -> list[tuple[str, str]]:
    """Return the programs on a page, each with what it prints, or with an empty text."""
    return _BLOCK.findall(page.read_text(encoding="utf-8"))


def run_program(python: str | Path, folder: Path, text: str, printed: str) -> None:
    """Run a program, or its tests, which has to print what the page says."""
    tests = len(re.findall(r"^def test_", text, re.M))
    program = folder / "test_program.py"
    program.write_text(text, encoding="utf-8")
    ran = subprocess.run(
        [str(python), "-W", "error", *(["-m", "pytest", "-q"] if tests else []), str(program)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=folder,
        env={**os.environ, "ARP_TOKEN": ""},
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert not tests or f"{tests} passed" in ran.stdout
    if printed:
        assert ran.stdout == printed
    else:
        claimed = re.findall(r"^ *print\(.*\)  # (.*)$", text, re.M)
        lines = iter(ran.stdout.splitlines())
        assert [each for each in claimed if each not in lines] == []
