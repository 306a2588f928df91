from __future__ import annotations

from support.kinds import client_kind, no_leaks, pytest_generate_tests

__all__ = ["client_kind", "no_leaks", "pytest_generate_tests"]
