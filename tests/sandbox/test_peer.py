"""The client that our users come from drives every operation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from arp_sdk.sandbox import Gate, Sandbox, Wait
from first_party.operations import ARGUMENTS
from sandbox import checkers

PROGRAM = Path(__file__).with_name("peer_program.py")


@pytest.mark.full
def test_every_operation() -> None:
    with Sandbox(latency=0.001) as box:
        box.script("long", steps=[Wait(Gate())])
        ran = checkers.run(checkers.PEER, "python", str(PROGRAM), variables=box.environment)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    tool_registry, runtime, daemon, succeeded = json.loads(ran.stdout)
    assert tool_registry["result"] == {"text": "hello"}
    assert runtime["result"]["output"] == {"final_text": "19*23 = 437.0"}
    assert runtime["events"].count("event: token\n") == 3
    assert runtime["canceled"] == "canceled"
    assert daemon["result"]["output"] == {"final_text": "19*23 = 437.0"}
    assert (daemon["profiles"], daemon["instances"], daemon["trace"]) == (2, 3, 5)
    assert daemon["runs"] is True
    every = {
        f"{service}.{operation}" for service, found in ARGUMENTS.items() for operation in found
    }
    assert {*succeeded} == every
