"""`pip install arp-standard-py` installs arp-core and every client, and nothing else of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import distributions

import pytest

from arp_sdk.sandbox import Sandbox
from first_party.reference_page import NO_PAGE, PAGE, PLACEHOLDER, programs_of_the_page
from support.environments import Environment

from .archives import Wheel
from .sources import CLIENTS, CORE, UMBRELLA

pytestmark = pytest.mark.full

README_PLACE = "http://127.0.0.1:8000"


@pytest.fixture
def umbrella(wheels: list[Wheel]) -> Wheel:
    (found,) = [each for each in wheels if each.distribution == UMBRELLA]
    return found


@pytest.fixture
def clients(wheels: list[Wheel]) -> list[Wheel]:
    return [each for each in wheels if each.distribution in CLIENTS]


@pytest.fixture(scope="module")
def daemon_url() -> Iterator[str]:
    with Sandbox(latency=0.001) as box:
        yield box.daemon_url


def programs() -> list[str]:
    """The programs of its README, with the place where a daemon's address belongs."""
    text = (UMBRELLA.folder / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)
    return [program.replace(README_PLACE, PLACEHOLDER) for program in found]


def test_its_wheel_holds_no_code(umbrella: Wheel) -> None:
    assert umbrella.modules == set()
    assert {name.rpartition("/")[2] for name in umbrella.contents} == {
        "METADATA",
        "WHEEL",
        "RECORD",
        "LICENSE",
    }


def test_it_requires_core_and_every_client(umbrella: Wheel, wheels: list[Wheel]) -> None:
    required = {each.name: each for each in umbrella.requirements if each.marker is None}
    assert required.keys() == {each.name for each in (CORE, *CLIENTS)}
    for wheel in wheels:
        if wheel.distribution.name in required:
            version = wheel.metadata["Version"]
            specifier = required[wheel.distribution.name].specifier
            assert version in specifier, "umbrella: in codegen/manifest.yaml"
            assert f"{int(version.partition('.')[0]) + 1}.0" not in specifier


def test_an_extra_of_a_client_is_one_of_it(umbrella: Wheel, clients: list[Wheel]) -> None:
    assert "validate" in umbrella.extras
    passed_on = {
        (extra, wheel.distribution.name, f'extra == "{extra}"')
        for wheel in clients
        for extra in wheel.extras
    }
    assert {
        (extra, each.name, str(each.marker))
        for each in umbrella.requirements
        for extra in each.extras
    } == passed_on


def test_nothing_else_comes_along(umbrella_alone: Environment, daemon_alone: Environment) -> None:
    def installed(environment: Environment) -> set[str]:
        found = distributions(path=[str(environment.site_packages)])
        return {each.metadata["Name"].lower().replace("_", "-") for each in found}

    more = {UMBRELLA.name, *(each.name for each in CLIENTS)} - {"arp-daemon"}
    assert installed(umbrella_alone) == installed(daemon_alone) | more


def test_its_requirements_fit_together(umbrella_alone: Environment) -> None:
    umbrella_alone.check()


def test_its_readme_has_the_two_programs() -> None:
    assert len(programs()) == 2


@pytest.mark.parametrize("number", [0, 1])
def test_a_program_of_its_readme_runs(
    umbrella_alone: Environment, daemon_url: str, number: int
) -> None:
    assert umbrella_alone.run(programs()[number].replace(PLACEHOLDER, daemon_url))


@pytest.mark.skipif(not PAGE.is_file(), reason=NO_PAGE)
@pytest.mark.parametrize("number", [0, 1])
def test_a_program_of_the_reference_page_runs(
    umbrella_alone: Environment, daemon_url: str, number: int
) -> None:
    program = programs_of_the_page()[number]
    assert umbrella_alone.run(program.replace(PLACEHOLDER, daemon_url))
