"""Every example runs to its end against the embedded services, and prints what it promises."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from arp_sdk.sandbox import Sandbox

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PROMISES = {
    "events": ["tool_call", "final", "{'final_text': '19*23 = 437.0'}"],
    "fan_out": ["(19*19)? [0] ", "final", "'final_text': '19*19 = 361.0'", "what is love Error("],
    "instances": ["ready True", "left behind: []"],
    "many_runs": ["'final_text': '19*19 = 361.0'", "what is love: run "],
    "paging": ["5 runs", "next page: "],
    "quickstart": ["is ok", "19*23 = 437.0"],
    "running": ["is running", "19*23 = 437.0", "succeeded", " failed: "],
    "slow_runs": ["still running", "canceled: True", "now canceled"],
    "tools": ["echo, calc", "437.0", "at $.expression", "tool calc failed", "inputSchema"],
    "tour": ["19*23 = 437.0", "final"],
}


def run_example(name: str, **variables: str) -> str:
    """Return the output of an example."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py")],
        env={**os.environ, "COLUMNS": "200", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_every_example_is_run() -> None:
    in_scale = {"scale_out", "scale_out_async"}  # tests/scale
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {*PROMISES, *in_scale}


FIRST = {"quickstart", "tools", "tour"}


@pytest.mark.parametrize(
    "name",
    [pytest.param(each, marks=[pytest.mark.full] * (each not in FIRST)) for each in PROMISES],
)
def test_an_example(name: str) -> None:
    with Sandbox() as box:
        printed = run_example(
            name,
            ARP_DAEMON_URL=box.daemon_url,
            ARP_RUNTIME_URL=box.runtime_url,
            ARP_TOOL_REGISTRY_URL=box.tool_registry_url,
        )
    for promise in PROMISES[name]:
        assert promise in printed
