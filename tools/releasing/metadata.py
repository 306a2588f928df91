"""What changed in what a distribution requires and offers, by its pyproject.toml."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from .change import Change, Step


def metadata_changes(old: dict[str, Any], new: dict[str, Any], siblings: set[str]) -> list[Change]:
    """Compare two `[project]` tables.

    Args:
        old: The table before.
        new: The table after.
        siblings: The distributions of this repository.
    """
    return [
        *_offers(old, new, "optional-dependencies", "extra"),
        *_offers(old, new, "scripts", "command"),
        *_offers(old, new, "entry-points", "entry point group"),
        *_requirements(_by_name(old), _by_name(new), siblings),
        *_python(old, new),
    ]


def _offers(old: dict[str, Any], new: dict[str, Any], table: str, what: str) -> Iterator[Change]:
    before, after = set(old.get(table, {})), set(new.get(table, {}))
    yield from (Change(Step.MAJOR, f"{what} {each} is gone") for each in sorted(before - after))
    yield from (Change(Step.MINOR, f"{what} {each}") for each in sorted(after - before))


def _requirements(
    old: dict[str, Requirement], new: dict[str, Requirement], siblings: set[str]
) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            step = Step.MAJOR if name in siblings else Step.MINOR
            yield Change(step, f"does not require {name} any more")
        elif name not in old:
            yield Change(Step.MINOR, f"requires {new[name]}")
        elif old[name].specifier != new[name].specifier:
            # The models of a sibling's next major are others, and programs hold them.
            before, after = _major(old[name].specifier), _major(new[name].specifier)
            step = Step.MAJOR if name in siblings and before != after else Step.MINOR
            yield Change(step, f"requires {new[name]} where it required {old[name]}")


def _python(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    before, after = old.get("requires-python"), new.get("requires-python")
    if before != after:
        yield Change(Step.MINOR, f"requires Python {after} where it required {before}")


def _by_name(project: dict[str, Any]) -> dict[str, Requirement]:
    found = map(Requirement, project.get("dependencies", []))
    return {each.name: each for each in found}


def _major(specifier: SpecifierSet) -> set[str]:
    """The majors that the bounds name: `>=1.2,<2` and `>=1.4,<2` are about the same."""
    return {f"{each.operator}{each.version.split('.')[0]}" for each in specifier}
