from __future__ import annotations

import pytest

from support.kinds import client_kind, no_leaks, pytest_generate_tests

__all__ = ["client_kind", "no_leaks", "pytest_generate_tests"]


@pytest.fixture(autouse=True)
def _short_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arp_sdk.core._workflows.polling._FIRST_INTERVAL", 0.005)
