from __future__ import annotations

import pytest

from .calls import CLIENTS, ask_health
from .commands import run
from .environments import Environment
from .sources import DISTRIBUTIONS

pytestmark = pytest.mark.packaging

LEAVES = [leaf for each in DISTRIBUTIONS for leaf in each.leaves]


def test_every_package_can_be_imported(layout: Environment) -> None:
    code = f"import {', '.join(LEAVES)}; print(arp_sdk.__file__, type(arp_sdk.__path__).__name__)"
    shown = layout.run(code)
    assert shown.split()[0] == "None"
    assert "NamespacePath" in shown.split()[1]


@pytest.mark.parametrize("package", CLIENTS)
def test_every_client_can_be_called(layout: Environment, service_url: str, package: str) -> None:
    assert layout.run(ask_health(package), service_url) == "ok"


def test_all_clients_share_the_core(layout: Environment) -> None:
    code = (
        "from arp_sdk import daemon, runtime, tool_registry\n"
        "from arp_sdk.core import Client\n"
        "clients = daemon.DaemonClient, runtime.RuntimeClient, tool_registry.ToolRegistryClient\n"
        "print({each.__mro__[1] for each in clients} == {Client})\n"
    )
    assert layout.run(code) == "True"


def test_versions_are_those_of_the_metadata(layout: Environment) -> None:
    code = (
        "import importlib, sys\n"
        "from importlib.metadata import version\n"
        "for pair in sys.argv[1:]:\n"
        "    name, module = pair.split('=')\n"
        "    assert importlib.import_module(module).__version__ == version(name), pair\n"
    )
    layout.run(
        code,
        "arp-core=arp_sdk.core",
        "arp-daemon=arp_sdk.daemon",
        "arp-runtime=arp_sdk.runtime",
        "arp-tool-registry=arp_sdk.tool_registry",
    )


def test_pip_finds_nothing_amiss(layout: Environment) -> None:
    run(*layout.pip, "check")
