"""Locations of this repository's contracts and of the reference contracts."""

import os
from pathlib import Path
from typing import NamedTuple

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


class Line(NamedTuple):
    """A line of releases of the standard, with its contract in this repository.

    `folder` is the folder in `codegen/spec`, `release` the release that it states the facts of,
    `variable` the environment variable that names the reference contract, `beside` its folder in
    the default location, and `prose` a lower bound for the number of things to describe.
    """

    folder: str
    release: str
    variable: str
    beside: str
    prose: int

    @property
    def ours(self) -> Path:
        return REPOSITORY / "codegen" / "spec" / self.folder

    def reference_or_skip(self) -> Path:
        """Return the directory of the reference contract; skip the running test without one."""
        named = os.environ.get(self.variable)
        place = Path(named) if named else REPOSITORY.parent / "shared" / self.beside / "v1"
        if not place.is_dir():
            pytest.skip(
                f"The reference contract is missing: {place} is not a directory. Set "
                f"{self.variable} to the v1 directory of the ARP standard, release {self.release}."
            )
        return place


V1 = Line("v1", "0.1.0", "ARP_REFERENCE_CONTRACT", "contract", 300)
V0_3 = Line("v0.3", "0.3.7", "ARP_REFERENCE_CONTRACT_0_3", "contract-0.3", 400)
LINES = (V1, V0_3)
