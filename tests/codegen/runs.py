"""Runs of the generator as a user runs it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from codegen.places import GENERATOR, PYTHON, REPOSITORY, environment


def run(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the generator in a process of its own."""
    command = [PYTHON, str(GENERATOR), *map(str, arguments)]
    return subprocess.run(
        command, env=environment(**variables), capture_output=True, text=True, check=False
    )


def generate(contract: Path, out: Path) -> Path:
    """Generate a contract's packages into a folder, beside arp-core.

    arp-core comes first, so that the contract's shared models take the place of ours in it.
    """
    core = out / "packages" / "arp-core"
    shutil.copytree(
        REPOSITORY / "packages" / "arp-core",
        core,
        ignore=shutil.ignore_patterns("__pycache__", "dist", "tests"),
        dirs_exist_ok=True,
    )
    done = run("--spec", contract, "--out", out)
    assert done.returncode == 0, done.stderr
    return out
