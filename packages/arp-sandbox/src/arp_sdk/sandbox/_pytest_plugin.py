"""The fixture `arp_sandbox`, which pytest finds by itself where this distribution is installed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ._sandbox import Sandbox

_MARKER = "arp_sandbox"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    what = f"{_MARKER}(**options): how the fixture {_MARKER} makes its Sandbox"
    config.addinivalue_line("markers", what)


@pytest.fixture
def arp_sandbox(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sandbox]:
    """A running sandbox of the test's own, which clients without a base_url find by themselves.

    The marker `arp_sandbox` takes the arguments of `Sandbox`.
    """
    from ._sandbox import Sandbox

    marker = request.node.get_closest_marker(_MARKER)
    options = {} if marker is None else marker.kwargs
    with Sandbox(**options) as box:
        monkeypatch.delenv("ARP_TOKEN", raising=False)
        for name, value in box.environment.items():
            monkeypatch.setenv(name, value)
        yield box
