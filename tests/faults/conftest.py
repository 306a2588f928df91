from __future__ import annotations

import pytest

from faults.table import representatives
from support.kinds import client_kind, leave_to_full_suite, no_leaks, pytest_generate_tests

__all__ = ["client_kind", "no_leaks", "pytest_generate_tests"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    leave_to_full_suite(
        items,
        "test_fault",
        lambda given: (given["case"].id, given["client_kind"]) in representatives(),
    )
