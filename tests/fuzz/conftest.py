from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from support.kinds import client_kind, no_leaks
from support.kinds import threads_first as pytest_generate_tests
from support.server import Server, serving

from . import cases

__all__ = ["client_kind", "no_leaks", "pytest_generate_tests"]

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@pytest.fixture(
    params=[
        pytest.param(cases.SHORT, id="short"),
        pytest.param(cases.FULL, id="full", marks=pytest.mark.full),
    ]
)
def share(request: pytest.FixtureRequest) -> cases.Share:
    """Make settings for a test that runs a part of all cases."""
    return partial(cases.share, request.param)


@pytest.fixture(autouse=True, scope="session")
def _no_proxies() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in _PROXIES:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running
