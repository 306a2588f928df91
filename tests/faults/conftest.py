from __future__ import annotations

import pytest

from support.kinds import client_kind, no_leaks, pytest_generate_tests

__all__ = ["client_kind", "no_leaks", "pytest_generate_tests"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "soak" in config.option.markexpr:
        return
    for item in items:
        if item.get_closest_marker("soak"):
            item.add_marker(pytest.mark.skip(reason="long: ask for it with -m soak"))
