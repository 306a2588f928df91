"""Whatever a service responds, the memory that a client takes is bounded."""

from __future__ import annotations

import sys

import pytest

from .hostile import ALLOWED, KINDS, measure

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of memory"),
]


@pytest.mark.parametrize("mode", ["threads", "asyncio"])
@pytest.mark.parametrize("kind", KINDS)
def test_memory(kind: str, mode: str) -> None:
    assert measure(mode, kind)["memory"] <= ALLOWED
