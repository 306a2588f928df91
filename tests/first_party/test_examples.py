"""The examples that the first-party services can serve run against them unchanged."""

from __future__ import annotations

import pytest

from arp_sdk.models import RuntimeInstance
from examples.test_examples import run_example
from first_party.targets import only_first_party

# tests/examples runs all examples against the sandbox.
pytestmark = [only_first_party, pytest.mark.threads_only("programs bring their own clients")]

# Each run has ended when these services respond to its submission.
PROMISES = {
    "instances": [" True", "left behind: []"],
    "quickstart": ["is ok", "19*23 = 437.0"],
    "running": ["19*23 = 437.0", "succeeded", " failed: "],
    "tools": ["calc", "437.0", "at $.expression", "tool calc failed", "inputSchema"],
}


@pytest.mark.parametrize("name", PROMISES)
def test_an_example(
    name: str,
    external: RuntimeInstance,
    tool_registry_url: str,
    runtime_url: str,
    daemon_url: str,
) -> None:
    printed = run_example(
        name,
        ARP_DAEMON_URL=daemon_url,
        ARP_RUNTIME_URL=runtime_url,
        ARP_TOOL_REGISTRY_URL=tool_registry_url,
    )
    for promise in PROMISES[name]:
        assert promise in printed
