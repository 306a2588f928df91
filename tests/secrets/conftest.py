from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.kinds import client_kind, no_leaks, pytest_generate_tests
from support.server import Server, serving

__all__ = ["client_kind", "no_leaks", "pytest_generate_tests"]


@pytest.fixture(scope="module")
def origin() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
