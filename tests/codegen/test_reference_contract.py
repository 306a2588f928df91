"""The contract of the standard itself, in place of ours."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from codegen.places import PYTHON, REPOSITORY, environment, source_folders
from codegen.runs import generate

VARIABLE = "ARP_REFERENCE_CONTRACT"

IMPORT_ALL = """
import importlib, pathlib, sys
import arp_sdk.models
for folder in map(pathlib.Path, sys.argv[1:]):
    for path in folder.glob("arp_sdk/*/__init__.py"):
        package = importlib.import_module(f"arp_sdk.{path.parent.name}")
        assert pathlib.Path(package.__file__) == path, package.__file__
        for name in package.__all__:
            getattr(package, name)
print(len(arp_sdk.models.__all__))
"""


def _contract() -> Path:
    named = os.environ.get(VARIABLE)
    place = Path(named) if named else REPOSITORY.parent / "shared" / "contract" / "v1"
    if not place.is_dir():
        pytest.skip(
            f"The reference contract is missing: {place} is not a directory. "
            f"Set {VARIABLE} to the v1 directory of a checkout of the ARP standard."
        )
    return place


def test_its_packages_are_imported(tmp_path: Path) -> None:
    folders = source_folders(generate(_contract(), tmp_path))
    done = subprocess.run(
        [PYTHON, "-c", IMPORT_ALL, *map(str, folders)],
        env=environment(*folders),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 30
    assert len(folders) > 1
