"""Environments in which nothing but given packages is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def install(folder: Path, *packages: str | Path) -> Path:
    """Make an environment and install packages with pip; return its Python."""
    succeed(sys.executable, "-m", "venv", folder)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    succeed(python, "-m", "pip", "install", "--quiet", *packages)
    return python


def succeed(*command: str | Path, path: Path | None = None) -> str:
    """Run a command without the settings of this environment; return what it printed.

    Args:
        path: A folder of programs that go before others of the same name.
    """
    # Without what would lead the other interpreter to this one's packages.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    if path is not None:
        environment["PATH"] = f"{path}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        [str(part) for part in command],
        env={**environment, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        cwd=Path(command[0]).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
