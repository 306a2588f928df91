"""Builds the distributions with the backend that they ask for."""

from __future__ import annotations

import json
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path

from support.commands import run

from .archives import sdist_of
from .sources import DISTRIBUTIONS

# One process for all of them: to start Python and import the backend takes longer than a build.
BUILD = """
import json, os, sys
from hatchling import build
hook = getattr(build, "build_" + sys.argv[1])
for source in json.loads(sys.argv[3]):
    os.chdir(source)
    hook(sys.argv[2])
"""


def build(kind: str, sources: Iterable[Path], target: Path) -> None:
    """Build the `wheel` or the `sdist` of each source folder."""
    target.mkdir(parents=True, exist_ok=True)
    run(sys.executable, "-c", BUILD, kind, target, json.dumps([str(each) for each in sources]))


def build_wheels(target: Path) -> None:
    """Build a wheel of each distribution from the source tree."""
    build("wheel", [each.folder for each in DISTRIBUTIONS], target)


def build_sdists(target: Path) -> None:
    """Build a source distribution of each distribution."""
    build("sdist", [each.folder for each in DISTRIBUTIONS], target)


def build_wheels_from_sdists(sdists: Path, target: Path) -> None:
    """Build a wheel of each source distribution."""
    unpacked = target / "sources"
    for distribution in DISTRIBUTIONS:
        with tarfile.open(sdist_of(distribution, sdists)) as archive:
            archive.extractall(unpacked, filter="data")
    build("wheel", sorted(unpacked.iterdir()), target)
