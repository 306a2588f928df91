from __future__ import annotations

from pathlib import Path

import pytest

from codegen.places import CONTRACTS
from codegen.runs import generate


@pytest.fixture(scope="session")
def kitchen_sink(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of a contract that uses every construct there is support for."""
    return generate(CONTRACTS / "kitchen_sink", tmp_path_factory.mktemp("kitchen_sink"))
