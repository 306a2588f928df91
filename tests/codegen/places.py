"""Where the generator, the packages and the contracts of these tests are."""

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
    """The folders of a project that go on the import path, one for each package."""
    return sorted(project.glob("packages/*/src"))


def environment(*folders: Path, **variables: str) -> dict[str, str]:
    """This process's environment with nothing but the given folders on the import path."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "ARP_"))}
    return {**inherited, "PYTHONPATH": os.pathsep.join(map(str, folders)), **variables}


PYTHON = sys.executable
