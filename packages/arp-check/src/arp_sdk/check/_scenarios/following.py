"""Runs that are submitted and followed to their end."""

from __future__ import annotations

from typing import Any

from arp_sdk.check._exchange import Exchange
from arp_sdk.check._probe import Probe

from .examples import accepted, body_of

# How long to watch what somebody else may still change, in seconds.
OVERTAKING = 4.0

_Seen = tuple[tuple[dict[str, Any], Exchange], bool]


def final_rule(probe: Probe) -> str:
    """Return what the contract says about the states in which runs end."""
    return probe.contract.rule(probe.runs.status, probe.runs.state)


def ended_run(probe: Probe, run_id: str) -> tuple[dict[str, Any], bool]:
    """Wait for the end of a run; return its status, and whether it has ended."""
    (status, _), done = _watched(probe, run_id, probe.runs.final)
    return status, done


def _watched(
    probe: Probe, run_id: str, states: frozenset[str], seconds: float | None = None
) -> _Seen:
    """Look at a run until it is in one of some states."""
    return probe.wait(
        lambda: probe.value(probe.runs.status, run_id),
        lambda each: each[0].get(probe.runs.state) in states,
        seconds=seconds,
    )


def status_after_cancellation(probe: Probe, run_id: str) -> _Seen:
    """Wait for the end of a run, and a while for what may overtake it."""
    runs = probe.runs
    seen, done = _watched(probe, run_id, runs.final)
    if seen[0].get(runs.state) in runs.overtaken:
        seen, _ = _watched(probe, run_id, runs.final - runs.overtaken, OVERTAKING)
    return seen, done


def submit(probe: Probe, **properties: Any) -> tuple[dict[str, Any], Exchange]:
    """Submit a run, and return its status."""
    runs = probe.runs
    body = {**body_of(runs.submit, probe), **properties}
    status, exchange = accepted(probe, runs.submit, body=body)
    probe.run_ids.append(body[runs.id])
    probe.expect(
        status.get(runs.id) == body[runs.id],
        runs.submit,
        exchange,
        f"the run is called {status.get(runs.id)!r} instead of {body[runs.id]!r}",
        probe.contract.rule(runs.submit, runs.id),
    )
    status[runs.id] = body[runs.id]
    return status, exchange
