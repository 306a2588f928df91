from __future__ import annotations

import pytest

from contract.documents import Contract, load
from contract.places import LINES, Line


@pytest.fixture(scope="session", params=LINES, ids=lambda line: line.folder)
def line(request: pytest.FixtureRequest) -> Line:
    chosen: Line = request.param
    return chosen


@pytest.fixture(scope="session")
def contract(line: Line) -> Contract:
    return load(line.ours)
