"""Every operation of the table meets every fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from arp_sdk.errors import ArpConnectionError, ArpError, ArpTimeoutError
from faults.origin import Origin, origin_server
from faults.runner import Observation, client_of, matches, new_tag, observe, recovered
from faults.table import Case, cases, differing, for_kind, representatives, rows
from support.clients import Kind
from support.proxy import Stage, proxied
from support.wire import eventually


@pytest.fixture(scope="module")
def origin() -> Iterator[Origin]:
    with origin_server() as origin:
        yield origin


@pytest.mark.threads_only("makes no client")
def test_the_table_is_large_enough() -> None:
    assert len({case.id for case in cases()}) == len(cases()) >= 200


@pytest.mark.threads_only("makes no client")
def test_both_kinds_of_clients_have_the_same_outcomes_with_one_exception() -> None:
    faults = {fault.name for case in differing().values() for fault in case.faults}
    assert faults == {"length-and-chunks"}
    assert differing().keys() < {case.id for case in cases()}


@pytest.mark.threads_only("makes no client")
def test_the_short_suite_has_every_row_and_every_operation() -> None:
    chosen = [case for case, _ in representatives()]
    assert {case.row for case in chosen} == rows().keys()
    assert {case.trial.name for case in chosen} == {case.trial.name for case in cases()}


@pytest.mark.parametrize(
    ("case", "client_kind"),
    [pytest.param(case, kind, id=f"{case.id}-{kind}") for case, kind in representatives()],
    indirect=["client_kind"],
)
def test_each_fault_has_its_outcome(case: Case, origin: Origin, client_kind: Kind) -> None:
    _meet(for_kind(case, client_kind), origin)


@pytest.mark.full
@pytest.mark.parametrize("row", rows())
def test_each_fault_has_its_outcome_for_every_operation(
    row: str, origin: Origin, client_kind: Kind, record_property: Callable[[str, object], None]
) -> None:
    met = [for_kind(case, client_kind) for case in rows()[row]]
    with ThreadPoolExecutor(len(met) if met[0].is_slow else 1) as pool:
        for case, cell in zip(met, pool.map(lambda case: _meet(case, origin), met), strict=True):
            record_property("fault", (client_kind, case.id, cell))


def _meet(case: Case, origin: Origin) -> str:
    with proxied(origin.address) as proxy:
        with client_of(case.trial, proxy, case.limits, case.idempotent) as client:
            seen = observe(case, origin, proxy, client, new_tag())

            assert matches(case, seen.cell), _explain(case, seen)
            if isinstance(seen.error, ArpError):
                _check(seen.error, case, seen)
            assert recovered(proxy, client)
            assert eventually(lambda: proxy.connections <= 1)
        assert eventually(lambda: proxy.connections == 0)
    return seen.cell


def _explain(case: Case, seen: Observation) -> str:
    return f"{case.id}: not {case.expected!r}: {seen.cell!r}, {seen.error!r}"


def _check(error: ArpError, case: Case, seen: Observation) -> None:
    if "?" not in seen.cell:
        assert error.attempts == seen.cell.count("S")
    if case.trial.kind == "keyed":
        assert error.effect_id == seen.run_id is not None
    if isinstance(error, (ArpConnectionError, ArpTimeoutError)):
        assert error.sent == (case.faults[-1].stage is not Stage.CONNECT)
