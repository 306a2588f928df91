"""Runs, from a goal to their end."""

from __future__ import annotations

import time
from collections.abc import Callable

from arp_sdk.models import (
    RunRequest,
    RunRequestInput,
    RunRequestRuntimeSelector,
    RunState,
    RunStatus,
)
from support.clients import DaemonClient, RuntimeClient

FINAL = {RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELED}
PATIENCE_SECONDS = 30.0


def run_request(goal: str, run_id: str | None = None, **selector: str) -> RunRequest:
    return RunRequest(
        run_id=run_id,
        input=RunRequestInput(goal=goal),
        runtime_selector=RunRequestRuntimeSelector(**selector) if selector else None,
    )


def ended(client: RuntimeClient | DaemonClient, run_id: str) -> RunStatus:
    """Ask for the run's status until it is final."""
    return until(lambda: client.get_run_status(run_id), lambda status: status.state in FINAL)


def until(ask: Callable[[], RunStatus], is_so: Callable[[RunStatus], bool]) -> RunStatus:
    """Ask until the response is as wanted."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        response = ask()
        if is_so(response):
            return response
        time.sleep(0.005)
    raise AssertionError("it did not come about")


def eventually(ask: Callable[[], object], wanted: object) -> bool:
    """Ask until the response is the wanted one, and say whether that came about."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if ask() == wanted:
            return True
        time.sleep(0.005)
    return False
