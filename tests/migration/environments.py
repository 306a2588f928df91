"""Programs in an environment with version 0.1.0, and in this one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from first_party.environment import without_python_variables
from sandbox import checkers

SURFACE = str(Path(__file__).with_name("surface.py"))
# It came after 0.1.0, and has no counterpart there.
NEW_PACKAGES = ("arp_sdk.sandbox",)

Runner = Callable[..., str]


def old(*arguments: str) -> str:
    """Run Python where `arp-standard-py` 0.1.0 is, and return what it prints."""
    return _printed(checkers.run(checkers.PEER, "python", *arguments))


def new(*arguments: str) -> str:
    """Run Python where our packages are, and return what it prints."""
    return _printed(
        subprocess.run(
            [sys.executable, *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env=without_python_variables(),
        )
    )


def surface(run: Runner) -> dict[str, Any]:
    """Return the public names of `arp_sdk` there."""
    found: dict[str, Any] = json.loads(run(SURFACE, *NEW_PACKAGES))
    return found


def _printed(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
