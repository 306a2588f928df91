"""Many calls at once, a part of which meets a random fault."""

from __future__ import annotations

import pytest

from faults.soak import LOST, THREADS, Report, Soak

MEBIBYTE = 2**20


@pytest.mark.full
def test_hundreds_of_calls_recover_from_random_faults() -> None:
    _check(Soak(400, rate := 0.15, seed=1, timeout=1.0).run(), 400, rate)


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_thousands_of_calls_recover_from_random_faults_in_constant_memory() -> None:
    report = Soak(20_000, rate := 0.05, seed=2, timeout=2.0).run()
    _check(report, 20_000, rate)
    _, half, whole = report.memory
    assert whole - half < 2 * MEBIBYTE


def _check(report: Report, calls: int, rate: float) -> None:
    assert report.wrong == []
    assert sum(report.outcomes.values()) == calls
    assert not any(LOST in outcome for outcome in report.outcomes)
    assert 0.5 < sum(report.met.values()) / (rate * report.requests) < 2
    before, most, after = report.descriptors
    assert after == before
    assert most - before <= 3 * THREADS
    assert report.threads[0] == report.threads[1]
