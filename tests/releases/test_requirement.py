"""The range of arp-core that a client declares follows from what its code uses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from pipeline.distribution.core_requirement import (
    CORE_PACKAGES,
    Record,
    at_least,
    read_record,
    version,
    write_record,
)
from pipeline.distribution.symbols_used import symbols_used
from pipeline.errors import ContractError
from releasing.packages import Package, package, packages
from releasing.surface import surface

from .repository import TREE, Repository

MODULES = [f"arp_sdk.{each}" for each in CORE_PACKAGES]
DEPENDENTS = [
    each
    for each in packages(TREE)
    # A package without code uses nothing of what it requires.
    if (each.folder / "src").is_dir() and any(r.name == "arp-core" for r in each.siblings())
]
TEMPLATES = "codegen/pipeline/render/templates"
PROGRAM = """
from arp_sdk.core import Client, Operation as Op
from arp_sdk.models import RunState
from elsewhere import other

TABLE: Op[None] = Op[None]("a", "GET", query={}, **more)

class Mine(Client):
    colour = "red"

    def go(self, body: object) -> None:
        self._own(self.colour, self._call(TABLE, body=body))
        super().close()
        other(RunState.QUEUED.value)

    def _own(self, *all): ...

class Beside:
    def __init__(self, client: Client) -> None:
        self._client = client

    def go(self, limit, Client=None):
        return self._client._call_raw(1, 2, limit=limit), Client.nothing
"""


def used(subject: Package) -> frozenset[str]:
    files = sorted(subject.folder.glob("src/**/*.py"))
    return symbols_used((each.read_text(encoding="utf-8") for each in files), MODULES)


def required(repository: Repository, name: str) -> str:
    siblings = package(repository.root, name).siblings()
    # The extra says it again, with the same range.
    (found,) = {f"arp-core{r.specifier}" for r in siblings if r.name == "arp-core"}
    return found


def test_what_a_program_uses() -> None:
    found = symbols_used([PROGRAM], MODULES)

    assert found == {
        "arp_sdk.core.Client",
        "arp_sdk.core.Client._call",
        "arp_sdk.core.Client._call(#1)",
        "arp_sdk.core.Client._call(body)",
        "arp_sdk.core.Client._call_raw",
        "arp_sdk.core.Client._call_raw(#2)",
        "arp_sdk.core.Client._call_raw(limit)",
        "arp_sdk.core.Client.close",
        "arp_sdk.core.Operation",
        "arp_sdk.core.Operation(#2)",
        "arp_sdk.core.Operation(query)",
        "arp_sdk.models.RunState",
        "arp_sdk.models.RunState.QUEUED",
    }


@pytest.fixture(scope="module")
def tree_surface() -> frozenset[str]:
    return surface(TREE / "packages/arp-core/src", MODULES)


@pytest.mark.parametrize("subject", DEPENDENTS, ids=lambda each: each.name)
def test_arp_core_has_all_that_is_used_of_it(
    subject: Package, tree_surface: frozenset[str]
) -> None:
    record = Record((1, 0, 0), dict.fromkeys(tree_surface, (1, 0, 0)))

    assert len(used(subject)) > 20
    assert record.lacks(used(subject)) == []


@pytest.mark.parametrize("subject", DEPENDENTS, ids=lambda each: each.name)
def test_the_declared_range_begins_no_sooner_than_what_is_used(subject: Package) -> None:
    record = read_record(TREE / "codegen/core_surface.json")
    tree = package(TREE, "arp-core").version
    # Before the first release, that one will have it all.
    upcoming = record.upcoming(version(str(tree)))
    needed = record.lower_bound(used(subject), upcoming)
    ranges = {str(r.specifier) for r in subject.siblings() if r.name == "arp-core"}
    (lower,) = {
        each.version for text in ranges for each in SpecifierSet(text) if each.operator == ">="
    }

    assert Version(lower).release >= Version(".".join(map(str, needed))).release[:2]
    assert all(tree in SpecifierSet(each) for each in ranges)


def test_the_latest_symbol_decides() -> None:
    record = Record(
        (1, 4, 0), {"a": (1, 0, 0), "b": (1, 2, 0), "c(**)": (1, 3, 0), "d(*)": (1, 1, 0)}
    )

    assert record.lower_bound(["a"], (1, 5, 0)) == (1, 0, 0)
    assert record.lower_bound(["a", "b"], (1, 5, 0)) == (1, 2, 0)
    assert record.lower_bound(["a", "c(colour)", "d(#7)"], (1, 5, 0)) == (1, 3, 0)
    assert record.lower_bound(["a", "c(#1)"], (1, 5, 0)) == (1, 5, 0)
    assert record.lower_bound(["a", "new"], (1, 5, 0)) == (1, 5, 0)
    assert record.lacks(["a", "new"]) == ["new"]


def test_what_no_release_has_comes_with_the_next_minor_or_what_the_tree_says() -> None:
    record = Record((1, 4, 2))

    assert record.upcoming((1, 4, 2)) == (1, 5, 0)
    assert record.upcoming((1, 5, 0)) == (1, 5, 0)
    assert record.upcoming((2, 0, 0)) == (2, 0, 0)


def test_the_lower_bound_is_raised_and_never_lowered() -> None:
    assert at_least(">=1.0,<2", (0, 0, 0)) == (">=1.0,<2", (1, 0, 0))
    assert at_least(">=1.0,<2", (1, 3, 0)) == (">=1.3,<2", (1, 3, 0))
    assert at_least(">=1.0,<2", (1, 3, 1)) == (">=1.3.1,<2", (1, 3, 1))
    assert at_least(">=1.4,<2", (1, 3, 0)) == (">=1.4,<2", (1, 4, 0))
    with pytest.raises(ContractError, match="excludes"):
        at_least(">=1.0,<2", (2, 0, 0))
    with pytest.raises(ContractError, match="form"):
        at_least("~=1.0", (1, 0, 0))


def test_the_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    record = Record((1, 10, 0), {"b": (1, 9, 0), "a": (1, 10, 0), "c": (1, 9, 0)})
    write_record(tmp_path / "record.json", record)
    text = (tmp_path / "record.json").read_text(encoding="utf-8")

    assert read_record(tmp_path / "record.json") == record
    assert re.findall(r'"([^"]+)"', text) == [
        "released",
        "1.10.0",
        "since",
        "1.9.0",
        "b",
        "c",
        "1.10.0",
        "a",
    ]


def test_a_release_of_arp_core_writes_down_what_it_has(released: Repository) -> None:
    record = read_record(released.root / "codegen/core_surface.json")
    assert record.released == (1, 0, 0)
    assert record.since["arp_sdk.core.Client._call(body)"] == (1, 0, 0)

    released.rename("packages/arp-core/src", "ArpNotReadyError", "ArpUnreadyError")
    released.fragment("arp-core", "breaking")
    released.tag_release("arp-core", "1.1.0")

    record = read_record(released.root / "codegen/core_surface.json")
    assert record.released == (1, 1, 0)
    assert record.since["arp_sdk.errors.ArpUnreadyError"] == (1, 1, 0)
    assert record.since["arp_sdk.errors.ArpError"] == (1, 0, 0)
    assert "arp_sdk.errors.ArpNotReadyError" not in record.since


def test_generated_code_that_needs_more_raises_range_and_version(released: Repository) -> None:
    assert released.tool("codegen/generate.py", "--check").returncode == 0
    released.rename(TEMPLATES, "_call_raw(", "_call_whole(")

    checked = released.tool("codegen/generate.py", "--check")

    assert checked.returncode == 1
    assert '+dependencies = ["arp-core>=1.1,<2"]' in checked.stdout
    assert '+__version__ = "1.1.0"' in checked.stdout
    assert released.tool("codegen/generate.py").returncode == 0
    assert released.tool("codegen/generate.py", "--check").returncode == 0
    for name in ("arp-daemon", "arp-runtime", "arp-tool-registry"):
        assert Requirement(required(released, name)) == Requirement("arp-core>=1.1,<2")
    assert package(released.root, "arp-core").version == Version("1.1.0")


def test_once_released_the_bound_stays_where_it_is(released: Repository) -> None:
    released.rename(TEMPLATES, "_call_raw(", "_call_whole(")
    released.rename("packages/arp-core/src", "_call_raw(", "_call_whole(")
    assert released.tool("codegen/generate.py").returncode == 0
    released.fragment("arp-core", "added")
    for later in ("1.1.0", "1.2.0"):
        released.fragment("arp-core", "added")
        released.tag_release("arp-core", later)

    assert released.tool("codegen/generate.py", "--check").returncode == 0
    assert Requirement(required(released, "arp-daemon")) == Requirement("arp-core>=1.1,<2")


def test_before_the_first_release_nothing_is_raised(repository: Repository) -> None:
    repository.rename(TEMPLATES, "_call_raw(", "_call_whole(")

    assert repository.tool("codegen/generate.py").returncode == 0

    assert Requirement(required(repository, "arp-daemon")) == Requirement("arp-core>=1.0,<2")
    assert package(repository.root, "arp-core").version == Version("1.0.0")


def test_a_need_that_no_name_shows_is_raised_by_hand(released: Repository) -> None:
    released.edit("codegen/manifest.yaml", '">=1.0,<2"', '">=1.3,<2"')

    assert released.tool("codegen/generate.py").returncode == 0

    assert Requirement(required(released, "arp-daemon")) == Requirement("arp-core>=1.3,<2")
    assert package(released.root, "arp-core").version == Version("1.3.0")
