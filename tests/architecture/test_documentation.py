"""The facts in the documentation that the repository can check: links, paths and versions."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import tomli
from packaging.requirements import Requirement

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = sorted(REPOSITORY.glob("packages/*/src/arp_sdk"))
PAGES = sorted(
    path
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "packages/*/README.md",
        "codegen/**/*.md",
        "benchmarks/*",
    )
    for path in REPOSITORY.glob(pattern)
    if path.suffix == ".md"
)


def toml(path: str) -> dict[str, Any]:
    return tomli.loads((REPOSITORY / path).read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The anchors that a repository's host makes of the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", page.read_text(encoding="utf-8"))
    targets = [(page.parent / link if link else page, anchor) for link, anchor in links]
    assert [path for path, _ in targets if not path.exists()] == []
    assert [anchor for path, anchor in targets if anchor and anchor not in anchors(path)] == []


@pytest.mark.parametrize(
    "page", sorted(REPOSITORY.glob("docs/reference/*.md")), ids=lambda p: p.stem
)
def test_the_reference_has_all_public_names(page: Path) -> None:
    # Sphinx takes the names from `dir()`.
    for name in re.findall(r"automodule:: (\S+)", page.read_text(encoding="utf-8")):
        module = importlib.import_module(name)
        assert {*getattr(module, "__all__", ())} <= {*dir(module)}, name


def test_the_architecture_names_paths_that_exist() -> None:
    text = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    paths = {
        path.removeprefix("arp_sdk/")
        for path in re.findall(r"\b((?:core|arp_sdk|aio|_\w+)/(?:\w+/)*(?:\w+\.py\b)?)", text)
    }
    cores = [source / "core" for source in SOURCES]
    places = [*SOURCES, *cores, *(folder for core in cores for folder in core.glob("*/"))]
    assert len(paths) > 20
    assert {path for path in paths if not any((place / path).exists() for place in places)} == set()


def test_the_readme_names_the_versions_that_are_tested() -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    lowest: dict[str, str] = {}
    for package in ("arp-core", "arp-tool-registry"):
        project = toml(f"packages/{package}/pyproject.toml")["project"]
        extras = project["optional-dependencies"].values()
        for each in (*project["dependencies"], *(each for extra in extras for each in extra)):
            requirement = Requirement(each)
            versions = {found.operator: found.version for found in requirement.specifier}
            lowest[requirement.name] = versions[">="]
    del lowest["arp-core"], lowest["arp-server"]
    locked = {each["name"]: each.get("version") for each in toml("uv.lock")["package"]}
    rows = re.findall(r"^\| (\w+) \| ([\d.]+) \| ([\d.]+) \|", text, re.M)
    assert sorted(rows) == sorted((name, low, locked[name]) for name, low in lowest.items())


def test_the_requirements_of_the_generator_are_its_dependency_group() -> None:
    lines = (REPOSITORY / "codegen" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == (
        toml("pyproject.toml")["dependency-groups"]["codegen"]
    )
