"""The page about the methods names every public method of the clients, and no others."""

from __future__ import annotations

import re

import pytest

from arp_sdk.daemon import DaemonClient
from arp_sdk.runtime import RuntimeClient
from arp_sdk.tool_registry import ToolRegistryClient
from first_party.environment import REPOSITORY

pytestmark = pytest.mark.threads_only("tests/typing/test_two_kinds.py compares both kinds")

CLIENTS = (DaemonClient, RuntimeClient, ToolRegistryClient)


def named(client: str) -> set[str]:
    """Return the methods in the columns of a client."""
    found: set[str] = set()
    columns: list[str] = []
    for line in (REPOSITORY / "docs" / "methods.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| task"):
            columns = cells
        elif f"`{client}`" in columns and line.startswith("| "):
            found |= set(re.findall(r"`(\w+)`", cells[columns.index(f"`{client}`")]))
    return found


@pytest.mark.parametrize("client", CLIENTS)
def test_every_method_is_named(client: type) -> None:
    assert named(client.__name__) == {name for name in dir(client) if not name.startswith("_")}
