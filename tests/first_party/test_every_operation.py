"""Together, the tests of this folder have seen every operation succeed and fail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from first_party import operations
from first_party.environment import REPOSITORY

pytestmark = pytest.mark.first_party

CONTRACT = REPOSITORY / "codegen" / "spec" / "v1" / "openapi"
EVERY = {
    (service, operation)
    for service, by_operation in operations.ARGUMENTS.items()
    for operation in by_operation
}
NOT_SUPPORTED_BY_THE_RUNTIME = {("runtime", "cancel_run"), ("runtime", "stream_run_events")}


@pytest.fixture
def whole_folder(request: pytest.FixtureRequest) -> None:
    folder = Path(__file__).parent
    selected = {item.path for item in request.session.items if item.path.parent == folder}
    is_part_of_a_run = hasattr(request.config, "workerinput") or operations.DESELECTED
    if is_part_of_a_run or selected != set(folder.glob("test_*.py")):
        pytest.skip("only after every test of this folder, in one process")


@pytest.mark.parametrize("service", operations.ARGUMENTS)
def test_table_has_the_contract_s_operations(service: str) -> None:
    document = CONTRACT / f"{service.replace('_', '-')}.openapi.yaml"
    named = re.findall(
        r"^\s*operationId: (\w+)$", document.read_text(encoding="utf-8"), re.MULTILINE
    )

    assert set(operations.ARGUMENTS[service]) == set(named)


@pytest.mark.usefixtures("whole_folder")
def test_every_operation_has_succeeded() -> None:
    never = EVERY - operations.SUCCEEDED

    assert never == NOT_SUPPORTED_BY_THE_RUNTIME


@pytest.mark.usefixtures("whole_folder")
def test_every_operation_has_failed() -> None:
    never = EVERY - operations.FAILED

    assert not never
