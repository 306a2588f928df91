from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from codegen.places import CONTRACTS
from codegen.runs import copy_packages, manifest, run


@pytest.fixture(scope="session")
def kitchen_sink(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of a contract with every supported construct, next to the core."""

    def make(out: Path) -> None:
        copy_packages(out, "arp-cli", "arp-core", "arp-server")
        project = {"namespace": "acme", "prefix": "acme", "models": None}
        changed = manifest(out, project=project, umbrella=None)
        done = run("--spec", CONTRACTS / "kitchen_sink", "--out", out, "--manifest", changed)
        assert done.returncode == 0, done.stderr

    return _once("kitchen_sink", tmp_path_factory, make)


def _once(
    name: str, tmp_path_factory: pytest.TempPathFactory, make: Callable[[Path], None]
) -> Path:
    """Make a folder once per session, for all workers of pytest-xdist."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    out, lock, done = (shared / f"{name}{suffix}" for suffix in ("", ".lock", ".done"))
    try:
        lock.mkdir()
    except FileExistsError:
        while not done.exists():
            time.sleep(0.1)
        assert done.read_text(encoding="utf-8") == "", "another worker could not make it"
        return out
    failure = "failed"
    try:
        make(out)
        failure = ""
    finally:
        done.write_text(failure, encoding="utf-8")
    return out
