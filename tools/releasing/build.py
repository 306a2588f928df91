"""Building a package so that whoever builds it again gets the same bytes."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .git import Git
from .packages import Package
from .problem import ReleaseError


def build(git: Git, package: Package, target: Path) -> list[Path]:
    """Build sdist and wheel of what HEAD has, twice, in different folders, and check them.

    Args:
        git: The working tree.
        package: What to build.
        target: The folder to put them into.

    Raises:
        ReleaseError: If the two builds differ, or a check complains.
    """
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        once = _build(git, package, Path(first) / "a")
        again = _build(git, package, Path(second) / "another" / "place")
        if sums(once) != sums(again):
            raise ReleaseError(f"two builds differ: {sums(once)} and {sums(again)}")
        target.mkdir(parents=True, exist_ok=True)
        built = [Path(shutil.move(each, target / each.name)) for each in once]
    _check("twine", "check", "--strict", *map(str, built))
    wheels = [str(each) for each in built if each.suffix == ".whl"]
    # A distribution that only requires others has nothing in its wheel.
    empty = [] if (package.folder / "src").is_dir() else ["--ignore", "W007,W008"]
    _check("check_wheel_contents", *empty, *wheels)
    return built


def sums(files: list[Path]) -> list[str]:
    """The SHA-256 of files with their names, as `sha256sum` prints them."""
    return [f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}" for each in files]


def _build(git: Git, package: Package, workspace: Path) -> list[Path]:
    tree = git.extract("HEAD", [".gitignore", f"packages/{package.name}"], workspace / "tree")
    environment = {**os.environ, "SOURCE_DATE_EPOCH": git("log", "-1", "--format=%ct", "HEAD")}
    # Without isolation: the backend is the one that the environment has, not the newest.
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(workspace / "dist")]
    command.append(str(tree / "packages" / package.name))
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ReleaseError(f"build: {done.stdout}{done.stderr}")
    return sorted((workspace / "dist").iterdir())


def _check(module: str, *arguments: str) -> None:
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ReleaseError(f"{module}: {done.stdout}{done.stderr}")
