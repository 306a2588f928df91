"""Locations of the generator, the packages and the contracts of these tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
GENERATOR = REPOSITORY / "codegen" / "generate.py"
CONTRACTS = Path(__file__).parent / "contracts"
PROBES = Path(__file__).parent / "probes"
OURS = REPOSITORY / "codegen" / "spec" / "v1"


def source_folders(project: Path) -> list[Path]:
    """Return the folders of a project for the import path, one for each package."""
    return sorted(project.glob("packages/*/src"))


def environment(*folders: Path, **variables: str) -> dict[str, str]:
    """Return this process's environment, with only the given folders on the import path."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "ARP_"))}
    return {**inherited, "PYTHONPATH": os.pathsep.join(map(str, folders)), **variables}


PYTHON = sys.executable
