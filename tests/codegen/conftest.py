from __future__ import annotations

import os
from pathlib import Path

import pytest

from codegen.places import CONTRACTS
from codegen.runs import copy_packages, manifest, run
from support.once import once


@pytest.fixture(scope="session")
def kitchen_sink(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of a contract with every supported construct, next to the core."""

    def make(out: Path) -> None:
        copy_packages(out, "arp-cli", "arp-core", "arp-server")
        project = {"namespace": "acme", "prefix": "acme", "models": None}
        changed = manifest(out, project=project, umbrella=None)
        done = run("--spec", CONTRACTS / "kitchen_sink", "--out", out, "--manifest", changed)
        assert done.returncode == 0, done.stderr

    base = tmp_path_factory.getbasetemp()
    return once((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "sink", make)
