"""Comparison of what two contracts state."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from contract.fact import Fact

Facts = frozenset[Fact]


class Deliberate(NamedTuple):
    """A difference that is wanted, with the reason why.

    `only_in_ours` computes the facts that ours states over and above the given reference.
    """

    reason: str
    only_in_ours: Callable[[Facts], Facts]


def unexplained(ours: Facts, reference: Facts, deliberate: Iterable[Deliberate]) -> list[str]:
    """Return a line for each difference that is not deliberate, in either direction."""
    wanted: set[Fact] = set()
    for entry in deliberate:
        wanted |= entry.only_in_ours(reference)
    added = (f"only in ours: {found}" for found in ours - reference - wanted)
    lost = (f"only in the reference: {found}" for found in reference - ours)
    return sorted([*added, *lost])


def stale(ours: Facts, reference: Facts, entry: Deliberate) -> list[str]:
    """Return a line for each deliberate difference that does not occur."""
    return sorted(
        f"listed as deliberate, but not a difference: {expected}"
        for expected in entry.only_in_ours(reference) - (ours - reference)
    )
