"""Fixtures that run each test for both kinds of clients: the conftest of a suite imports them.

`from support.kinds import client_kind, no_leaks, pytest_generate_tests`

Where a suite is about code that both kinds share, such as a service, its conftest imports
`threads_first as pytest_generate_tests`: the asynchronous clients have their turn in `test-all`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import pytest

from .bridge import loop
from .clients import KINDS, Kind, any_open, clients_of


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test for both kinds."""
    _parametrize(metafunc, KINDS)


def threads_first(metafunc: pytest.Metafunc) -> None:
    """Run each test for both kinds, and those for the asynchronous clients as `full`."""
    _parametrize(metafunc, ("threads", pytest.param("asyncio", marks=pytest.mark.full)))


def _parametrize(metafunc: pytest.Metafunc, both: Sequence[Any]) -> None:
    mark = metafunc.definition.get_closest_marker("threads_only")
    if mark is not None and not mark.args:
        pytest.fail(f"{metafunc.definition.nodeid}: threads_only needs a reason")
    parametrized = metafunc.definition.iter_markers("parametrize")
    if "client_kind" in metafunc.fixturenames and not any(
        "client_kind" in each.args[0] for each in parametrized
    ):
        kinds = both if mark is None else ("threads",)
        metafunc.parametrize("client_kind", kinds, indirect=True)


@pytest.fixture(scope="session")
def client_kind(request: pytest.FixtureRequest) -> Iterator[Kind]:
    """Choose the kind of client that the test is for."""
    chosen = cast(Kind, request.param)
    with clients_of(chosen):
        yield chosen


@pytest.fixture(autouse=True)
def no_leaks(client_kind: Kind) -> Iterator[None]:
    """Check that no task and no connection outlives the test."""
    if client_kind == "threads":
        yield
        return
    yield
    left = loop().left(connections=not any_open())
    assert not left, "\n".join(["still there:", *left])
