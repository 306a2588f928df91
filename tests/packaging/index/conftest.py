from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from arp_sdk.sandbox import Sandbox

from ..commands import run
from ..environments import Environment
from ..once import once
from . import server, versions
from .installers import Installer
from .server import Index
from .user import User


@pytest.fixture(scope="session")
def releases(shared: Path, tools: Environment) -> Path:
    """A folder with the wheel of each release."""

    def make(folder: Path) -> None:
        versions.build(tools, folder, (*versions.RIGHT, *versions.WRONG))

    return once(shared / "releases", make)


@pytest.fixture(scope="session")
def others(shared: Path, tools: Environment, releases: Path) -> Path:
    """A folder with all that our distributions need of others, from the machine's own index."""

    def make(folder: Path) -> None:
        wheel = versions.CORE_10.wheel(releases)
        run(*tools.pip, "download", "--quiet", "--only-binary", ":all:", "--dest", folder, wheel)
        (folder / wheel.name).unlink()

    return once(shared / "others", make)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An empty index."""
    with server.running(tmp_path / "index") as running:
        yield running


@pytest.fixture(scope="session")
def services() -> Iterator[dict[str, str]]:
    """The addresses of the services by package."""
    with Sandbox(latency=0.001) as box:
        yield {
            "arp_sdk.daemon": box.daemon_url,
            "arp_sdk.runtime": box.runtime_url,
            "arp_sdk.tool_registry": box.tool_registry_url,
        }


@pytest.fixture
def user(
    tmp_path: Path,
    index: Index,
    others: Path,
    tools: Environment,
    services: dict[str, str],
) -> User:
    pip, uv = (
        Installer(name, index.simple, others, tools, tmp_path / "cache") for name in ("pip", "uv")
    )
    folder = tmp_path / "environments"
    folder.mkdir()
    return User(folder, pip, uv, services)
