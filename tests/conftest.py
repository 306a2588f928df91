from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.server import Server, serving


@pytest.fixture(autouse=True)
def _no_arp_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the machine must not decide what a test sees."""
    for name in ("ARP_TOKEN", "ARP_DAEMON_URL", "ARP_RUNTIME_URL", "ARP_TOOL_REGISTRY_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running
