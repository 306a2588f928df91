"""Together, the tests of this folder have seen every operation succeed and fail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from first_party import operations
from first_party.environment import REPOSITORY
from first_party.targets import FIRST_PARTY, SANDBOX, only_sandbox

CONTRACT = REPOSITORY / "codegen" / "spec" / "v1" / "openapi"
EVERY = {
    (service, operation)
    for service, by_operation in operations.ARGUMENTS.items()
    for operation in by_operation
}
NOT_SUPPORTED: dict[str, set[tuple[str, str]]] = {
    FIRST_PARTY: {("runtime", "cancel_run"), ("runtime", "stream_run_events")},
    SANDBOX: set(),
}


@pytest.fixture
def whole_folder(request: pytest.FixtureRequest) -> None:
    folder = Path(__file__).parent
    collected = {item.path for item in request.session.items if item.path.parent == folder}
    collected |= {path for path, _ in operations.DESELECTED}
    missed = [path for path, other in operations.DESELECTED if other == operations.TARGET]
    is_part_of_a_run = hasattr(request.config, "workerinput") or missed
    if is_part_of_a_run or collected != set(folder.glob("test_*.py")):
        pytest.skip("only after every test of this folder, in one process")


@only_sandbox
@pytest.mark.parametrize("service", operations.ARGUMENTS)
def test_table_has_the_contract_s_operations(service: str) -> None:
    document = CONTRACT / f"{service.replace('_', '-')}.openapi.yaml"
    named = re.findall(
        r"^\s*operationId: (\w+)$", document.read_text(encoding="utf-8"), re.MULTILINE
    )

    assert set(operations.ARGUMENTS[service]) == set(named)


@pytest.mark.usefixtures("whole_folder")
def test_every_operation_has_succeeded(target: str) -> None:
    never = EVERY - of(operations.SUCCEEDED)

    assert never == NOT_SUPPORTED[target]


@pytest.mark.usefixtures("whole_folder")
def test_every_operation_has_failed() -> None:
    assert not EVERY - of(operations.FAILED)


def of(outcomes: operations.Outcomes) -> set[tuple[str, str]]:
    """What was recorded for the target and the kind of clients at hand."""
    return {
        (service, operation) for name, service, operation in outcomes if name == operations.TARGET
    }
