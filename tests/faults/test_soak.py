"""Many calls at once, a part of which meets a fault."""

from __future__ import annotations

import pytest

from faults.soak import DEADLINE, LOST, THREADS, Report, Soak

RATE = 0.05
SLACK = 1.0
MEBIBYTE = 2**20


@pytest.mark.timeout(280)
def test_soak_in_short() -> None:
    _check(Soak(2_000, RATE, seed=1).run(), calls=2_000)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_soak() -> None:
    report = Soak(20_000, RATE, seed=2).run()
    _check(report, calls=20_000)
    _, half, whole = report.memory
    assert whole - half < 2 * MEBIBYTE


def _check(report: Report, calls: int) -> None:
    assert report.wrong == []
    assert sum(report.outcomes.values()) == calls
    assert not any(LOST in outcome for outcome in report.outcomes)
    assert report.slowest < DEADLINE + SLACK
    assert 0.5 < sum(report.met.values()) / (RATE * report.requests) < 2
    before, most, after = report.descriptors
    assert after == before
    assert most - before <= 3 * THREADS
    assert report.threads[0] == report.threads[1]
