from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from support.kinds import client_kind, leave_to_full_suite, no_leaks, pytest_generate_tests
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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    leave_to_full_suite(items, "test_nothing_shows", _is_on_a_diagonal)
    for test in (
        "test_the_secret_is_in_use",
        "test_nothing_is_sent_to_another_origin",
        "test_a_pickle_has_no_secrets",
        "test_a_pickle_has_the_secrets_on_request",
    ):
        leave_to_full_suite(items, test, lambda given: given["place"].distinct)


def _is_on_a_diagonal(given: Mapping[str, Any]) -> bool:
    """Choose each place and each situation at least once, for each kind of client."""
    from .places import PLACES
    from .situations import SITUATIONS

    step, start = (1, 0) if given["client_kind"] == "threads" else (7, 3)
    number = PLACES.index(given["place"]) * step + start
    return list(SITUATIONS)[number % len(SITUATIONS)] is given["situation"]
