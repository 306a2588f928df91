from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.server import Server, serving


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "soak" in config.option.markexpr:
        return
    for item in items:
        if item.get_closest_marker("soak"):
            item.add_marker(pytest.mark.skip(reason="long: ask for it with -m soak"))


@pytest.fixture(autouse=True)
def _no_arp_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the machine must not decide what a test sees."""
    for name in ("ARP_TOKEN", "ARP_DAEMON_URL", "ARP_RUNTIME_URL", "ARP_TOOL_REGISTRY_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running
