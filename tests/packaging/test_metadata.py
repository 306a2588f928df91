from __future__ import annotations

import re

import pytest
from packaging.requirements import Requirement

from .archives import Wheel
from .sources import CORE

pytestmark = pytest.mark.packaging


def classifiers(wheel: Wheel) -> list[str]:
    return wheel.metadata.get_all("Classifier", [])


def requirements(wheel: Wheel) -> dict[str, Requirement]:
    found = [Requirement(text) for text in wheel.metadata.get_all("Requires-Dist", [])]
    return {each.name: each for each in found if "extra" not in str(each.marker)}


def test_name_and_version(wheel: Wheel) -> None:
    assert wheel.metadata["Name"] == wheel.distribution.name
    assert re.fullmatch(r"\d+\.\d+\.\d+", wheel.metadata["Version"])


def test_the_license_is_an_expression_with_its_text(wheel: Wheel) -> None:
    assert wheel.metadata["License-Expression"] == "MIT"
    assert wheel.metadata.get_all("License-File") == ["LICENSE"]
    text = wheel.contents[f"{wheel.dist_info}/licenses/LICENSE"].decode()
    assert "Permission is hereby granted" in text
    # PEP 639: an expression and a license classifier exclude each other.
    assert not [each for each in classifiers(wheel) if each.startswith("License ::")]


def test_the_pythons_that_it_runs_on(wheel: Wheel) -> None:
    assert wheel.metadata["Requires-Python"] == ">=3.10"
    for minor in (10, 11, 12, 13):
        assert f"Programming Language :: Python :: 3.{minor}" in classifiers(wheel)


def test_it_says_that_it_is_typed(wheel: Wheel) -> None:
    assert "Typing :: Typed" in classifiers(wheel)


def test_what_an_index_shows(wheel: Wheel) -> None:
    assert wheel.metadata["Summary"]
    assert wheel.metadata["Author"] or wheel.metadata["Author-email"]
    assert wheel.metadata["Keywords"]
    assert wheel.metadata["Description-Content-Type"] == "text/markdown"
    assert str(wheel.metadata.get_payload()).startswith(f"# {wheel.distribution.name}\n")


def test_every_dependency_has_a_lower_bound(wheel: Wheel) -> None:
    for requirement in requirements(wheel).values():
        assert ">=" in [each.operator for each in requirement.specifier], requirement


def test_a_client_takes_a_range_of_cores(wheel: Wheel) -> None:
    if wheel.distribution == CORE:
        assert {"msgspec", "requests"} <= requirements(wheel).keys()
        return
    always = [name for name, each in requirements(wheel).items() if each.marker is None]
    siblings = [name for name in always if name.startswith("arp-")]
    assert CORE.name in siblings
    # What more than the clients a distribution needs, it says openly: the sandbox serves.
    assert siblings == [CORE.name] or "uvicorn" in always
    specifier = requirements(wheel)[CORE.name].specifier
    assert sorted(each.operator for each in specifier) == ["<", ">="]
    assert wheel.metadata["Version"] in specifier
    assert "1.9.0" in specifier
    assert "2.0.0" not in specifier


def test_it_is_pure_python(wheel: Wheel) -> None:
    assert wheel.path.name.endswith("-py3-none-any.whl")
