"""A scenario, and the list of all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from arp_sdk.check._probe import Probe


@dataclass(frozen=True)
class Scenario:
    """A check that sends some requests.

    Attributes:
        name: Its name, such as `runs.life-cycle`.
        needs: Operations without which it does not apply.
        changes: True if it changes something at the service.
        run: Runs it.
    """

    name: str
    needs: tuple[str, ...]
    changes: bool
    run: Callable[[Probe], None]


SCENARIOS: list[Scenario] = []


def scenario(
    name: str, *needs: str, changes: bool = True
) -> Callable[[Callable[[Probe], None]], Callable[[Probe], None]]:
    """Add a function to the scenarios."""

    def add(run: Callable[[Probe], None]) -> Callable[[Probe], None]:
        SCENARIOS.append(Scenario(name, needs, changes, run))
        return run

    return add
