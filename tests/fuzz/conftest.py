from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from support.kinds import client_kind, no_leaks, pytest_generate_tests
from support.server import Server, serving

from . import cases

__all__ = ["client_kind", "no_leaks", "pytest_generate_tests"]

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


def pytest_configure(config: pytest.Config) -> None:
    if "not full" in config.option.markexpr and "ARP_FUZZ_CASES" not in os.environ:
        cases.total = cases.SHORT


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
