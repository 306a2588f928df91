"""The ways in which all distributions come to be in one environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .archives import wheel_of
from .environments import Environment
from .sources import CORE, DISTRIBUTIONS

# The distributions of each layout that are editable; the others are installed from wheels.
LAYOUTS: Mapping[str, frozenset[str]] = {
    "wheels": frozenset(),
    "editable": frozenset(each.name for each in DISTRIBUTIONS),
    "editable-client": frozenset({"arp-runtime"}),
    "editable-core": frozenset({CORE.name}),
}


def install_layout(name: str, environment: Environment, wheels: Path) -> None:
    """Install all distributions, as the layout says."""
    arguments: list[str | Path] = []
    for distribution in DISTRIBUTIONS:
        if distribution.name in LAYOUTS[name]:
            arguments += ["--editable", distribution.folder]
        else:
            arguments.append(wheel_of(distribution, wheels).path)
    environment.install(*arguments)
