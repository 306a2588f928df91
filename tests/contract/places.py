"""Locations of this repository's contract and of the reference contract."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
OURS = REPOSITORY / "codegen" / "spec" / "v1"
REFERENCE_VARIABLE = "ARP_REFERENCE_CONTRACT"


def reference_or_skip() -> Path:
    """Return the directory of the reference contract; skip the running test if there is none."""
    named = os.environ.get(REFERENCE_VARIABLE)
    place = Path(named) if named else REPOSITORY.parent / "shared" / "contract" / "v1"
    if not place.is_dir():
        pytest.skip(
            f"The reference contract is missing: {place} is not a directory. "
            f"Set {REFERENCE_VARIABLE} to the v1 directory of a checkout of the ARP standard."
        )
    return place
