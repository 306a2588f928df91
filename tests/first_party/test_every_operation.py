"""The tests of this folder call every operation of the contract."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from first_party import operations
from first_party.environment import REPOSITORY
from first_party.targets import only_sandbox

CONTRACT = REPOSITORY / "codegen" / "spec" / "v1" / "openapi"
CODE = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))

pytestmark = [only_sandbox, pytest.mark.parametrize("service", operations.ARGUMENTS)]


def test_table_has_the_contract_s_operations(service: str) -> None:
    document = CONTRACT / f"{service.replace('_', '-')}.openapi.yaml"
    named = re.findall(
        r"^\s*operationId: (\w+)$", document.read_text(encoding="utf-8"), re.MULTILINE
    )

    assert set(operations.ARGUMENTS[service]) == set(named)


def test_each_operation_is_called(service: str) -> None:
    called = set(re.findall(rf"\b{service}\.(\w+)\(", CODE))

    assert operations.ARGUMENTS[service].keys() - called == set()
