"""The requirements that this repository declares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomli
from packaging.requirements import Requirement

REPOSITORY = Path(__file__).resolve().parents[2]
PYTHONS = ("3.10", "3.11", "3.12", "3.13")


def of_distributions(repository: Path = REPOSITORY) -> list[Requirement]:
    """What the distributions need at run time, with every extra, less each other."""
    projects = _projects(repository)
    own = {project["name"] for project in projects}
    found: list[str] = []
    for project in projects:
        found += project.get("dependencies", [])
        for extra in project.get("optional-dependencies", {}).values():
            found += extra
    return [each for each in _parsed(found) if each.name not in own]


def of_builds(repository: Path = REPOSITORY) -> list[Requirement]:
    """What builds the distributions."""
    found: list[str] = []
    for path in _manifests(repository):
        found += tomli.loads(path.read_text(encoding="utf-8"))["build-system"]["requires"]
    return _parsed(found)


def of_development(repository: Path = REPOSITORY) -> list[Requirement]:
    """What hatch's default environment has beside the distributions."""
    manifest = tomli.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    found = list(manifest["tool"]["hatch"]["envs"]["default"]["dependencies"])
    lines = (repository / "codegen/requirements.txt").read_text(encoding="utf-8").splitlines()
    found += [line for line in lines if line and not line.startswith("#")]
    return _parsed(found)


def distributions(repository: Path = REPOSITORY) -> dict[Path, list[str]]:
    """The folders of the distributions, and the extras of each."""
    return {
        path.parent: sorted(project.get("optional-dependencies", {}))
        for path, project in zip(_manifests(repository), _projects(repository), strict=True)
    }


def _manifests(repository: Path) -> list[Path]:
    return sorted((repository / "packages").glob("*/pyproject.toml"))


def _projects(repository: Path) -> list[dict[str, Any]]:
    return [
        tomli.loads(path.read_text(encoding="utf-8"))["project"] for path in _manifests(repository)
    ]


def _parsed(texts: list[str]) -> list[Requirement]:
    return [Requirement(text) for text in sorted(set(texts))]
