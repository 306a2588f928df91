"""Runs other programs without what would redirect their interpreter."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

SECONDS = 240
REDIRECTING = ("PYTHON", "ARP_", "COVERAGE", "MYPY", "PYRIGHT", "VIRTUAL_ENV", "PIP_REQUIRE")


def isolated_variables() -> dict[str, str]:
    """This process's environment variables without those that lead to other packages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(REDIRECTING)}
    return {**kept, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}


def attempt(*command: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command, whatever its exit status is."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=isolated_variables(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a command that has to succeed, and return its output."""
    done = attempt(*command, cwd=cwd)
    shown = " ".join(str(part) for part in command)
    assert done.returncode == 0, f"{shown}\n{done.stdout}\n{done.stderr}"
    return done.stdout
