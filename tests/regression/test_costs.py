from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .counting import Costs, libraries, python, record

ALLOWED = 1.05
PATHS = ("one call", "page decode", "request encode")
REWRITE = "if that is intended, run `python3 tools/everywhere.py costs`"


def printed(module: str) -> dict[str, Costs]:
    """Run a module in a process of its own, which nothing else traces."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("COVERAGE", "PYTHON", "ARP_"))}
    done = subprocess.run(
        [sys.executable, "-m", f"regression.{module}"],
        cwd=Path(__file__).parents[1],
        env=kept,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Costs] = json.loads(done.stdout)
    return found


def exceeded(path: str, found: Costs) -> dict[str, str]:
    """Return the figures that have grown by more than is allowed."""
    on_record = record()[python()]
    kept: Costs = on_record["costs"][path]
    # Another version of a library may have other costs.
    alike = on_record["libraries"] == libraries()
    compared = kept if alike else ["instructions of arp_sdk"]
    return {
        figure: f"{kept[figure]} -> {found[figure]}"
        for figure in compared
        if found[figure] > kept[figure] * ALLOWED
    }


def test_the_costs_have_not_grown() -> None:
    found = printed("counting")
    grown = {path: exceeded(path, found[path]) for path in PATHS}
    assert not any(grown.values()), f"{grown}; {REWRITE}"


@pytest.mark.full
def test_a_regression_is_noticed() -> None:
    found = printed("slower")
    for path in PATHS:
        assert "instructions of arp_sdk" in exceeded(path, found[path])


@pytest.mark.parametrize("minor", ["3.10", "3.11", "3.12", "3.13"])
def test_every_python_is_on_record(minor: str) -> None:
    assert set(record()[f"CPython {minor}"]["costs"]) == set(PATHS)
