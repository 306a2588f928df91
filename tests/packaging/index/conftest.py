from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from arp_sdk.sandbox import Sandbox
from support.once import once

from ..archives import Wheel, third_party
from . import versions
from .user import Index, User


@pytest.fixture(scope="session")
def releases(shared: Path) -> Path:
    """A folder with the wheel of each release."""
    return once(shared / "releases", versions.build)


@pytest.fixture
def index(tmp_path: Path, releases: Path) -> Index:
    """An empty index."""
    folder = tmp_path / "index"
    folder.mkdir()
    return Index(folder, releases)


@pytest.fixture(scope="session")
def services() -> Iterator[dict[str, str]]:
    """The addresses of the services by package."""
    with Sandbox(latency=0.001) as box:
        yield {"arp_sdk.daemon": box.daemon_url, "arp_sdk.runtime": box.runtime_url}


@pytest.fixture
def user(tmp_path: Path, index: Index, wheels: list[Wheel], services: dict[str, str]) -> User:
    return User(tmp_path / "environments", index, third_party(wheels), services)
