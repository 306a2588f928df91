"""All distributions share one environment, from wheels, editable, or some of each."""

from __future__ import annotations

import pytest

from support.environments import Environment

from .calls import CLIENTS, ask_health
from .sources import DISTRIBUTIONS

pytestmark = pytest.mark.full

LEAVES = [leaf for each in DISTRIBUTIONS for leaf in each.leaves]
VERSIONS = [
    f"{each.name}={each.leaves[-1]}"
    for each in DISTRIBUTIONS
    if len(each.leaves) == 1 and not each.leaves[0].endswith(".models")
]

PROGRAM = f"""
import importlib, sys
from importlib.metadata import version
import {", ".join(LEAVES)}
assert arp_sdk.__file__ is None
assert arp_sdk.v0_3.__file__ is None
assert "NamespacePath" in type(arp_sdk.__path__).__name__
assert arp_sdk.v0_3.models.RunState is not arp_sdk.models.RunState
for pair in ["arp-core=arp_sdk.core", *{VERSIONS}]:
    name, module = pair.split("=")
    assert importlib.import_module(module).__version__ == version(name), pair
from arp_sdk.core import Client
from arp_sdk import daemon, runtime, tool_registry
from arp_sdk.v0_3.run_gateway import RunGatewayClient
clients = daemon.DaemonClient, runtime.RuntimeClient, tool_registry.ToolRegistryClient
clients += (RunGatewayClient,)
assert {{each.__mro__[1] for each in clients}} == {{Client}}
"""


def test_all_distributions_work_together(layout: Environment, service_url: str) -> None:
    calls = "".join(map(ask_health, CLIENTS))
    assert layout.run(PROGRAM + calls, service_url).split() == ["ok"] * len(CLIENTS)
    layout.check()
