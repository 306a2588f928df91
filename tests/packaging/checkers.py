"""Type checkers of the test environment, turned on programs in another environment."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from .commands import attempt
from .environments import Environment


def mypy_errors(program: Path, environment: Environment) -> dict[int, str]:
    """What `mypy --strict` finds wrong, by line."""
    done = attempt(
        *(sys.executable, "-m", "mypy", "--strict", "--config-file=", "--output=json"),
        *("--cache-dir", program.parent / "cache", "--python-executable", environment.python),
        program,
        cwd=program.parent,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {each["line"]: each["message"] for each in found if each["severity"] == "error"}


def pyright_errors(program: Path, environment: Environment) -> dict[int, str]:
    """What pyright finds wrong in its strict mode, by line."""
    settings = {
        "typeCheckingMode": "strict",
        "include": [program.name],
        "reportMissingModuleSource": False,
    }
    project = program.with_name("pyrightconfig.json")
    project.write_text(json.dumps(settings), encoding="utf-8")
    done = attempt(
        *(sys.executable, "-m", "pyright", "--outputjson", "--project", project),
        *("--pythonpath", environment.python),
        cwd=program.parent,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    report = json.loads(done.stdout[done.stdout.index("{") :])
    assert report["summary"]["filesAnalyzed"] == 1
    return {
        each["range"]["start"]["line"] + 1: each["message"] for each in report["generalDiagnostics"]
    }
