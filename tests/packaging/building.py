"""Builds the distributions with the backend that they ask for."""

from __future__ import annotations

import ast
from pathlib import Path

from .archives import sdist_of
from .commands import run
from .environments import Environment
from .sources import DISTRIBUTIONS

SDIST = "import sys; from hatchling.build import build_sdist; build_sdist(sys.argv[1])"


def build_requirements() -> list[str]:
    """What the distributions' `[build-system]` requires; they all require the same."""
    (found,) = {
        next(line for line in text.splitlines() if line.startswith("requires ="))
        for text in (
            (each.folder / "pyproject.toml").read_text(encoding="utf-8") for each in DISTRIBUTIONS
        )
    }
    requirements: list[str] = ast.literal_eval(found.partition("=")[2].strip())
    return requirements


def build_wheels(tools: Environment, target: Path) -> None:
    """Build a wheel of each distribution from the source tree."""
    _pip_wheel(tools, target, [each.folder for each in DISTRIBUTIONS])


def build_sdists(tools: Environment, target: Path) -> None:
    """Build a source distribution of each distribution."""
    for distribution in DISTRIBUTIONS:
        run(tools.python, "-c", SDIST, target, cwd=distribution.folder)


def build_wheels_from_sdists(tools: Environment, sdists: Path, target: Path) -> None:
    """Build a wheel of each source distribution."""
    _pip_wheel(tools, target, [sdist_of(each, sdists) for each in DISTRIBUTIONS])


def _pip_wheel(tools: Environment, target: Path, sources: list[Path]) -> None:
    command = ("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", target)
    run(*tools.pip, *command, *sources)
