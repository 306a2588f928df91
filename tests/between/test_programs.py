"""Recorders, tracers and mocks see the clients as they see plain requests."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .programs import PROGRAMS, PROGRAMS_WITHOUT_SERVER

pytestmark = pytest.mark.full

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("name", [*PROGRAMS, *PROGRAMS_WITHOUT_SERVER])
def test_software_in_between(name: str, order: str) -> None:
    try:
        importlib.metadata.distribution(name.partition(" ")[0])
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{name} is not installed")
    # Each in a process of its own, since the order of imports is what is tested.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])}
    ran = subprocess.run(
        [sys.executable, "-m", "between.programs", name, order],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
