"""The targets of the tests of this folder: the first-party services, and the sandbox."""

from __future__ import annotations

import time
from typing import Any

import pytest

from arp_sdk.models import RunState, RunStatus
from support.clients import DaemonClient, RuntimeClient

FIRST_PARTY = "first-party"
SANDBOX = "sandbox"
FINAL = {RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELED}
RUN_SECONDS = 30.0

TARGETS = [pytest.param(FIRST_PARTY, marks=pytest.mark.full), SANDBOX]
# The first-party services deviate from the contract here, or the sandbox from them.
only_first_party = pytest.mark.parametrize("target", TARGETS[:1], indirect=True, scope="session")
only_sandbox = pytest.mark.parametrize("target", TARGETS[1:], indirect=True, scope="session")


def per_target(target: str, first_party: Any, sandbox: Any) -> Any:
    """Return the value that is expected of the target at hand."""
    return {FIRST_PARTY: first_party, SANDBOX: sandbox}[target]


def name_of(target: str, service: str) -> str:
    """Return the target's name of a service."""
    return f"{per_target(target, 'arp-jarvis', 'arp-sandbox')}-{service}"


def ended(client: RuntimeClient | DaemonClient, status: RunStatus) -> RunStatus:
    """Ask for the run's status until it is final; the first-party runtime responds only then."""
    deadline = time.monotonic() + RUN_SECONDS
    while status.state not in FINAL:
        assert time.monotonic() < deadline, status
        status = client.get_run_status(status.run_id)
    return status
