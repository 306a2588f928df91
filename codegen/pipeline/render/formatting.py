"""Formatting of the source text, by ruff with the settings below."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath

_SETTINGS = """
line-length = 100
target-version = "py310"
[lint]
select = ["F401", "I", "RUF022"]
[lint.isort]
known-first-party = {namespaces}
"""


def format_files(
    files: dict[PurePosixPath, str], namespaces: list[str]
) -> dict[PurePosixPath, str]:
    """Remove unused imports, sort the others, and format the Python files."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "ruff.toml").write_text(_SETTINGS.format(namespaces=namespaces), encoding="utf-8")
        python = [path for path in files if path.suffix == ".py"]
        for path in python:
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(files[path], encoding="utf-8")
        _ruff(root, "check", "--fix", "--quiet")
        _ruff(root, "format", "--quiet")
        formatted = {path: (root / path).read_text(encoding="utf-8") for path in python}
    return {**files, **formatted}


def _ruff(root: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "ruff", *arguments, "--no-cache", "--config", "ruff.toml", "."]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"ruff rejects generated code: {result.stdout}{result.stderr}")
