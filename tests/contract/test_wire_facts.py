"""Our contract states the same facts as the reference, but for what is listed as deliberate."""

import pytest

from contract.compare import Deliberate, Facts, stale, unexplained
from contract.deliberate import DELIBERATE
from contract.documents import Contract, load
from contract.facts import facts
from contract.mutations import MUTATIONS, Mutation
from contract.places import LINES, V1, Line

only_v1 = pytest.mark.parametrize("line", [V1], indirect=True, ids=[V1.folder], scope="session")


@pytest.fixture(scope="module")
def ours(contract: Contract) -> Facts:
    return facts(contract)


@pytest.fixture(scope="module")
def reference(line: Line) -> Facts:
    return facts(load(line.reference_or_skip()))


def test_both_contracts_are_more_than_a_handful_of_facts(ours: Facts, reference: Facts) -> None:
    assert len(ours) > 500
    assert len(reference) > 500


def test_every_difference_is_deliberate(line: Line, ours: Facts, reference: Facts) -> None:
    lines = unexplained(ours, reference, DELIBERATE[line])

    assert not lines, "The contract differs from the reference:\n" + "\n".join(lines)


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        pytest.param(line, entry, id=f"{line.folder}-{entry.only_in_ours.__name__}")
        for line in LINES
        for entry in DELIBERATE[line]
    ],
    indirect=["line"],
    scope="session",
)
def test_every_deliberate_difference_occurs(
    entry: Deliberate, ours: Facts, reference: Facts
) -> None:
    lines = stale(ours, reference, entry)

    assert entry.only_in_ours(reference)
    assert not lines, f"{entry.reason}\n" + "\n".join(lines)


@only_v1
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_the_comparison_reports_a_change(
    mutation: Mutation, contract: Contract, ours: Facts
) -> None:
    mutated = contract.copy()
    mutation.change(mutated.documents)

    lines = unexplained(facts(mutated), ours, DELIBERATE[V1])

    assert set(mutation.reported) <= set(lines)


@only_v1
def test_a_deliberate_difference_that_is_gone_is_reported(
    contract: Contract, reference: Facts
) -> None:
    mutated = contract.copy()
    responses = mutated.documents["openapi/daemon.openapi.yaml"]["paths"]["/v1/runs"]["post"]
    del responses["responses"]["401"]

    lines = [line for entry in DELIBERATE[V1] for line in stale(facts(mutated), reference, entry)]

    assert (
        'listed as deliberate, but not a difference: daemon: POST /v1/runs: response "401"' in lines
    )


@only_v1
def test_prose_and_extensions_are_no_facts(contract: Contract, ours: Facts) -> None:
    mutated = contract.copy()
    request = mutated.documents["schemas/runtime/runs/run_request.schema.json"]
    request["description"] = "Something else."
    request["x-anything"] = {"a": 1}
    request["properties"]["limits"]["title"] = "Bounds"

    assert facts(mutated) == ours
