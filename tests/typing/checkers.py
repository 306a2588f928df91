"""Type checkers, turned on programs that use the packages of this source tree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

SECONDS = 240
SOURCES = sorted(str(path) for path in Path(__file__).parents[2].glob("packages/*/src"))

Errors = Mapping[str, Mapping[int, str]]
"""What is wrong, by file name and line."""


def mypy_errors(programs: Sequence[Path], folder: Path) -> Errors:
    """What `mypy --strict` finds."""
    command = ["mypy", "--strict", "--config-file=", "--output=json", "--python-version=3.10"]
    options = ["--namespace-packages", "--explicit-package-bases", "--cache-dir", str(folder)]
    shown = _run([*command, *options, *map(str, programs)], folder)
    errors: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for found in map(json.loads, filter(None, shown.splitlines())):
        # The sources themselves are checked elsewhere.
        if found["severity"] == "error" and not found["file"].startswith(tuple(SOURCES)):
            errors[Path(found["file"]).name][found["line"]] = found["message"]
    return errors


def pyright_errors(programs: Sequence[Path], folder: Path) -> Errors:
    """What pyright finds in its strict mode."""
    settings = {
        "include": [str(program) for program in programs],
        "extraPaths": SOURCES,
        "pythonVersion": "3.10",
        "typeCheckingMode": "strict",
        "reportUnusedExpression": False,
    }
    project = folder / "pyrightconfig.json"
    project.write_text(json.dumps(settings), encoding="utf-8")
    command = ["pyright", "--outputjson", "--project", str(project)]
    shown = _run([*command, "--pythonpath", sys.executable], folder)
    report = json.loads(shown[shown.index("{") :])
    assert report["summary"]["filesAnalyzed"] == len(programs)
    errors: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for found in report["generalDiagnostics"]:
        line = found["range"]["start"]["line"] + 1
        errors[Path(found["file"]).name][line] = found["message"]
    return errors


def _run(command: Sequence[str], folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**os.environ, "MYPYPATH": os.pathsep.join(SOURCES)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout
