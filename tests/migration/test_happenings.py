"""The guide's statements about errors and values, checked with the old version and with ours."""

from __future__ import annotations

import json
from contextlib import ExitStack

import pytest

from migration import environments
from migration.environments import Runner
from migration.guide import GUIDE, Row, tables
from migration.situations import PROGRAM, SITUATIONS
from support.server import serving

pytestmark = pytest.mark.full

ROWS = list(tables(GUIDE.read_text(encoding="utf-8"), "when", "0.1.0", "1.0"))
NOBODY = "http://127.0.0.1:1"


def outcomes(run: Runner) -> dict[str, str]:
    """By situation: the class of the error that is raised, or the value that is returned."""
    calls: list[tuple[str, str]] = []
    with ExitStack() as servers:
        for situation in SITUATIONS.values():
            url = NOBODY
            if situation.reply is not None:
                server = servers.enter_context(serving())
                server.plan(situation.reply)
                url = server.url
            calls.append((url, situation.call))
        printed = json.loads(run("-c", PROGRAM, json.dumps(calls)))
    return dict(zip(SITUATIONS, printed, strict=True))


@pytest.fixture(scope="module")
def old() -> dict[str, str]:
    return outcomes(environments.old)


@pytest.fixture(scope="module")
def new() -> dict[str, str]:
    return outcomes(environments.new)


def test_every_situation_is_in_the_guide() -> None:
    assert [row.cells[0] for row in ROWS] == list(SITUATIONS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.cells[0])
def test_it_happens(row: Row, old: dict[str, str], new: dict[str, str]) -> None:
    name = row.cells[0]
    assert (row.code(1), row.code(2)) == ([old[name]], [new[name]])
