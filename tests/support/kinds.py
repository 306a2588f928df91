"""Runs each test for both kinds of clients: a suite's conftest imports these.

`from support.kinds import client_kind, no_leaks, pytest_generate_tests`
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest

from .bridge import loop
from .clients import KINDS, Kind, any_open, clients_of


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    mark = metafunc.definition.get_closest_marker("threads_only")
    if mark is not None and not mark.args:
        pytest.fail(f"{metafunc.definition.nodeid}: threads_only wants a reason")
    if "client_kind" in metafunc.fixturenames:
        kinds = KINDS if mark is None else ("threads",)
        metafunc.parametrize("client_kind", kinds, indirect=True)


@pytest.fixture(scope="session")
def client_kind(request: pytest.FixtureRequest) -> Iterator[Kind]:
    """The kind of client that the test is for."""
    chosen = cast(Kind, request.param)
    with clients_of(chosen):
        yield chosen


@pytest.fixture(autouse=True)
def no_leaks(client_kind: Kind) -> Iterator[None]:
    """Whatever a test does, no task and no connection outlives it."""
    if client_kind == "threads":
        yield
        return
    yield
    left = loop().left(connections=not any_open())
    assert not left, "\n".join(["left behind:", *left])
