from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

import pytest
import tomli
import yaml
from packaging.requirements import Requirement
from urls import with_urls

from .archives import Wheel, wheel_of
from .sources import CLIENTS, CORE, REPOSITORY

pytestmark = pytest.mark.full


def classifiers(wheel: Wheel) -> list[str]:
    return wheel.metadata.get_all("Classifier", [])


def requirements(wheel: Wheel) -> dict[str, Requirement]:
    return {each.name: each for each in wheel.requirements if each.marker is None}


def test_name_and_version(wheel: Wheel) -> None:
    assert wheel.metadata["Name"] == wheel.distribution.name
    assert re.fullmatch(r"\d+\.\d+\.\d+", wheel.metadata["Version"])


def test_the_backend_here_is_one_that_it_asks_for(wheel: Wheel) -> None:
    text = (wheel.distribution.folder / "pyproject.toml").read_text(encoding="utf-8")
    (required,) = re.findall(r'^requires = \["(.*)"\]$', text, re.M)
    backend = Requirement(required)
    assert backend.name == "hatchling"
    assert version("hatchling") in backend.specifier


def test_the_license_is_an_expression_with_its_text(wheel: Wheel) -> None:
    assert wheel.metadata["License-Expression"] == "MIT"
    assert wheel.metadata.get_all("License-File") == ["LICENSE"]
    text = wheel.contents[f"{wheel.dist_info}/licenses/LICENSE"].decode()
    assert "Permission is hereby granted" in text
    # PEP 639: an expression and a license classifier exclude each other.
    assert not [each for each in classifiers(wheel) if each.startswith("License ::")]


def test_the_pythons_that_it_runs_on(wheel: Wheel) -> None:
    project = tomli.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    (matrix,) = project["tool"]["hatch"]["envs"]["every"]["matrix"]
    assert wheel.metadata["Requires-Python"] == f">={matrix['python'][0]}"
    tested = {f"Programming Language :: Python :: {each}" for each in ("3", *matrix["python"])}
    assert {each for each in classifiers(wheel) if re.search(r":: [\d.]+$", each)} == tested


def test_it_says_that_it_is_typed(wheel: Wheel) -> None:
    assert "Typing :: Typed" in classifiers(wheel)


def test_what_an_index_shows(wheel: Wheel) -> None:
    assert wheel.metadata["Summary"]
    assert wheel.metadata["Author"] or wheel.metadata["Author-email"]
    assert wheel.metadata["Keywords"]
    assert wheel.metadata["Description-Content-Type"] == "text/markdown"
    assert str(wheel.metadata.get_payload()).startswith(f"# {wheel.distribution.name}\n")


def test_every_dependency_has_a_lower_bound(wheel: Wheel) -> None:
    for requirement in wheel.requirements:
        assert ">=" in [each.operator for each in requirement.specifier], requirement


def test_a_client_takes_a_range_of_cores(wheel: Wheel, wheelhouse: Path) -> None:
    if wheel.distribution == CORE:
        assert {"msgspec", "requests"} <= requirements(wheel).keys()
        return
    siblings = {name for name in requirements(wheel) if name.startswith("arp-")}
    assert CORE.name in siblings
    # A client does not need another; the sandbox and the umbrella do.
    assert siblings == {CORE.name} or wheel.distribution not in CLIENTS
    specifier = requirements(wheel)[CORE.name].specifier
    assert sorted(each.operator for each in specifier) == ["<", ">="]
    core = wheel_of(CORE, wheelhouse).metadata["Version"]
    major = int(core.partition(".")[0])
    assert core in specifier
    assert f"{major}.999.0" in specifier
    assert f"{major + 1}.0.0" not in specifier


def test_every_extra_requires_something(wheel: Wheel) -> None:
    asked_for = {str(each.marker) for each in wheel.requirements if "extra" in str(each.marker)}
    assert asked_for == {f'extra == "{extra}"' for extra in wheel.extras}


def test_the_addresses_are_those_of_the_manifest(wheel: Wheel) -> None:
    manifest = yaml.safe_load((REPOSITORY / "codegen" / "manifest.yaml").read_text("utf-8"))
    urls = manifest["project"]["urls"]
    name = wheel.distribution.name
    assert sorted(wheel.metadata.get_all("Project-URL", [])) == sorted(
        f"{label}, {url.replace('{distribution}', name)}" for label, url in urls.items()
    )


def test_addresses_are_written_into_packages_that_are_written_by_hand() -> None:
    text = (CORE.folder / "pyproject.toml").read_text(encoding="utf-8")
    urls = {
        "Source": "https://forge.example/sdk",
        "Changelog": "https://forge.example/{distribution}",
    }
    written = with_urls(text, "arp-core", urls)
    assert tomli.loads(written) == {
        **tomli.loads(text),
        "project": {
            **tomli.loads(text)["project"],
            "urls": {**urls, "Changelog": "https://forge.example/arp-core"},
        },
    }
    assert with_urls(written, "arp-core", urls) == written
    assert with_urls(written, "arp-core", {}) == with_urls(text, "arp-core", {})


def test_its_readme_has_no_link_that_an_index_cannot_follow(wheel: Wheel) -> None:
    links = re.findall(r"\]\(([^)]+)\)", str(wheel.metadata.get_payload()))
    assert [link for link in links if not link.startswith(("https://", "#"))] == []


def test_it_is_pure_python(wheel: Wheel) -> None:
    assert wheel.path.name.endswith("-py3-none-any.whl")
