from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import building, environments, service
from .archives import Wheel, third_party, wheel_of
from .environments import Environment
from .layouts import LAYOUTS, install_layout
from .once import once
from .sources import BY_NAME, CLIENTS, CORE, DISTRIBUTIONS, UMBRELLA


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this session have in common."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "packaging"


@pytest.fixture(scope="session")
def tools(shared: Path) -> Environment:
    """An environment with pip and the build backend."""

    def make(folder: Path) -> None:
        environments.with_tools(folder, building.build_requirements())

    return environments.existing_tools(once(shared / "tools", make))


@pytest.fixture(scope="session")
def wheelhouse(shared: Path, tools: Environment) -> Path:
    """A folder with the wheel of each distribution, built from the source tree."""
    return once(shared / "wheels", lambda folder: building.build_wheels(tools, folder))


@pytest.fixture(scope="session")
def sdists(shared: Path, tools: Environment) -> Path:
    """A folder with the source distribution of each distribution."""
    return once(shared / "sdists", lambda folder: building.build_sdists(tools, folder))


@pytest.fixture(scope="session")
def rebuilt(shared: Path, tools: Environment, sdists: Path) -> Path:
    """A folder with the wheel of each distribution, built from its source distribution."""
    return once(
        shared / "rebuilt",
        lambda folder: building.build_wheels_from_sdists(tools, sdists, folder),
    )


@pytest.fixture(scope="session")
def wheels(wheelhouse: Path) -> list[Wheel]:
    return [wheel_of(each, wheelhouse) for each in DISTRIBUTIONS]


@pytest.fixture(params=[each.name for each in DISTRIBUTIONS])
def wheel(request: pytest.FixtureRequest, wheelhouse: Path) -> Wheel:
    return wheel_of(BY_NAME[request.param], wheelhouse)


@pytest.fixture(scope="session")
def daemon_alone(shared: Path, tools: Environment, wheelhouse: Path) -> Environment:
    """An environment in which only arp-daemon was asked for. It is shared: do not change it."""

    def make(folder: Path) -> None:
        environment = environments.empty(folder, tools)
        wheel = wheel_of(BY_NAME["arp-daemon"], wheelhouse).path
        report = folder.with_suffix(".json")
        environment.install("--find-links", wheelhouse, "--report", report, wheel)

    return environments.existing(once(shared / "daemon-alone", make), tools)


@pytest.fixture(scope="session")
def umbrella_alone(
    shared: Path, tools: Environment, wheelhouse: Path, wheels: list[Wheel]
) -> Environment:
    """An environment in which only the umbrella was asked for. It is shared: do not change it."""

    def make(folder: Path) -> None:
        environment = environments.empty(folder, tools)
        ours = [each for each in wheels if each.distribution in (CORE, *CLIENTS)]
        environment.install(*third_party(ours))
        # No index, so that what has our names is ours.
        environment.install("--no-index", "--find-links", wheelhouse, UMBRELLA.name)

    return environments.existing(once(shared / "umbrella-alone", make), tools)


@pytest.fixture(scope="session")
def async_daemon_alone(shared: Path, tools: Environment, wheelhouse: Path) -> Environment:
    """An environment in which only `arp-daemon[async]` was asked for. It is shared too."""

    def make(folder: Path) -> None:
        environment = environments.empty(folder, tools)
        wheel = wheel_of(BY_NAME["arp-daemon"], wheelhouse).path
        environment.install("--find-links", wheelhouse, f"arp-daemon[async] @ {wheel.as_uri()}")

    return environments.existing(once(shared / "async-daemon-alone", make), tools)


@pytest.fixture(scope="session", params=LAYOUTS)
def layout(
    request: pytest.FixtureRequest, shared: Path, tools: Environment, wheelhouse: Path
) -> Environment:
    """An environment with all distributions. It is shared: do not change it."""

    def make(folder: Path) -> None:
        install_layout(request.param, environments.empty(folder, tools), wheelhouse)

    return environments.existing(once(shared / "layouts" / request.param, make), tools)


@pytest.fixture
def own_environment(tmp_path: Path, tools: Environment) -> Environment:
    """An empty environment, for one test to fill and change."""
    return environments.empty(tmp_path / "environment", tools)


@pytest.fixture
def service_url() -> Iterator[str]:
    """The address of a service that is well."""
    with service.running() as url:
        yield url
