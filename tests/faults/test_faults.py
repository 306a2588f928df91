"""Every operation of the table meets every fault."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from arp_sdk.errors import ArpConnectionError, ArpError, ArpTimeoutError
from faults.origin import Origin
from faults.proxy import Stage
from faults.runner import (
    Observation,
    client_of,
    eventually,
    matches,
    new_tag,
    observe,
    proxied,
    recovered,
)
from faults.table import Case, cases, differing, for_kind
from support.clients import Kind

SLACK = 1.0


@pytest.fixture(scope="module")
def origin() -> Iterator[Origin]:
    origin = Origin()
    yield origin
    origin.close()


@pytest.mark.threads_only("makes no client")
def test_the_table_is_large_enough() -> None:
    assert len({case.id for case in cases()}) == len(cases()) >= 200


@pytest.mark.threads_only("makes no client")
def test_kinds_differ_in_little() -> None:
    faults = {fault.name for case in differing().values() for fault in case.faults}
    assert faults == {"length-twice", "length-and-chunks"}
    assert differing().keys() < {case.id for case in cases()}


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_fault(case: Case, origin: Origin, client_kind: Kind) -> None:
    case = for_kind(case, client_kind)
    with proxied(origin) as proxy:
        with client_of(case.trial, proxy, case.limits, case.idempotent) as client:
            seen = observe(case, origin, proxy, client, new_tag())

            assert matches(case, seen.cell), _explain(case, seen)
            assert seen.seconds < case.limits.deadline + SLACK
            if isinstance(seen.error, ArpError):
                _check(seen.error, case, seen)
            assert recovered(proxy, client)
            assert eventually(lambda: proxy.connections <= 1)
        assert eventually(lambda: proxy.connections == 0)


def _explain(case: Case, seen: Observation) -> str:
    return f"not {case.expected!r}: {seen.cell!r} after {seen.seconds:.2f} s, {seen.error!r}"


def _check(error: ArpError, case: Case, seen: Observation) -> None:
    if "?" not in seen.cell:
        assert error.attempts == seen.cell.count("S")
    if case.trial.kind == "keyed":
        assert error.effect_id == seen.run_id is not None
    if isinstance(error, (ArpConnectionError, ArpTimeoutError)):
        assert error.sent == (case.faults[-1].stage is not Stage.CONNECT)
