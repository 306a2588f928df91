"""The fixture `arp_sandbox`, which pytest finds wherever this distribution is installed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ._sandbox import Sandbox

_MARKER = "arp_sandbox"


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    marker = f"{_MARKER}(**options): arguments of the Sandbox that the fixture {_MARKER} makes"
    config.addinivalue_line("markers", marker)


@pytest.fixture
def arp_sandbox(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sandbox]:
    """Run a sandbox for one test. Clients without a base_url find it by themselves.

    The marker `arp_sandbox` takes the arguments of `Sandbox`.
    """
    from ._http.local_hosts import without_proxy
    from ._sandbox import Sandbox

    marker = request.node.get_closest_marker(_MARKER)
    with Sandbox(**({} if marker is None else marker.kwargs)) as box:
        monkeypatch.delenv("ARP_TOKEN", raising=False)
        for name, value in {**without_proxy(os.environ), **box.environment}.items():
            monkeypatch.setenv(name, value)
        yield box
