from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import environments
from support.environments import Environment
from support.once import once

from . import building, service
from .archives import Wheel, third_party, wheel_of
from .sources import BY_NAME, CLIENTS, CORE, DISTRIBUTIONS, UMBRELLA

# The distributions of each layout that are editable; the others are installed from wheels.
LAYOUTS = {
    "wheels": set[str](),
    "editable": set(BY_NAME),
    "mixed": {CORE.name, "arp-runtime"},
}


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this session have in common."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "packaging"


@pytest.fixture(scope="session")
def wheelhouse(shared: Path) -> Path:
    """A folder with the wheel of each distribution, built from the source tree."""
    return once(shared / "wheels", building.build_wheels)


@pytest.fixture(scope="session")
def sdists(shared: Path) -> Path:
    """A folder with the source distribution of each distribution."""
    return once(shared / "sdists", building.build_sdists)


@pytest.fixture(scope="session")
def rebuilt(shared: Path, sdists: Path) -> Path:
    """A folder with the wheel of each distribution, built from its source distribution."""
    return once(
        shared / "rebuilt", lambda folder: building.build_wheels_from_sdists(sdists, folder)
    )


@pytest.fixture(scope="session")
def wheels(wheelhouse: Path) -> list[Wheel]:
    return [wheel_of(each, wheelhouse) for each in DISTRIBUTIONS]


@pytest.fixture(params=[each.name for each in DISTRIBUTIONS])
def wheel(request: pytest.FixtureRequest, wheelhouse: Path) -> Wheel:
    return wheel_of(BY_NAME[request.param], wheelhouse)


@pytest.fixture(scope="session")
def daemon_alone(shared: Path, wheelhouse: Path) -> Environment:
    """An environment in which only arp-daemon was asked for. It is shared: do not change it."""
    return _asked_for(shared / "daemon-alone", wheelhouse, "arp-daemon")


@pytest.fixture(scope="session")
def async_daemon_alone(shared: Path, wheelhouse: Path) -> Environment:
    """An environment in which only `arp-daemon[async]` was asked for. It is shared too."""
    return _asked_for(shared / "async-daemon-alone", wheelhouse, "arp-daemon", "async")


@pytest.fixture(scope="session")
def umbrella_alone(shared: Path, wheelhouse: Path) -> Environment:
    """An environment in which only the umbrella was asked for. It is shared too."""
    return _asked_for(shared / "umbrella-alone", wheelhouse, UMBRELLA.name)


def _asked_for(folder: Path, wheelhouse: Path, name: str, extra: str | None = None) -> Environment:
    """An environment in which one of our distributions was asked for."""

    def make(folder: Path) -> None:
        environment = environments.make(folder)
        ours = CLIENTS if name == UMBRELLA.name else [BY_NAME[name]]
        needed = [wheel_of(each, wheelhouse) for each in (CORE, *ours)]
        environment.install(*third_party(needed, extra))
        # Without an index, so that whatever has one of our names is ours.
        wanted = f"{name}[{extra}]" if extra else name
        environment.install("--no-index", "--find-links", wheelhouse, wanted)

    return Environment(once(folder, make))


@pytest.fixture(scope="session", params=LAYOUTS)
def layout(request: pytest.FixtureRequest, shared: Path, wheelhouse: Path) -> Environment:
    """An environment with all distributions. It is shared too."""
    editable: set[str] = LAYOUTS[request.param]

    def make(folder: Path) -> None:
        arguments: list[str | Path] = []
        for each in DISTRIBUTIONS:
            if each.name in editable:
                arguments += ["--editable", each.folder]
            else:
                arguments.append(wheel_of(each, wheelhouse).path)
        environments.make(folder).install("--no-sources", *arguments)

    return Environment(once(shared / "layouts" / request.param, make))


@pytest.fixture
def own_environment(tmp_path: Path) -> Environment:
    """An environment with pip, for one test to fill and change."""
    return environments.make(tmp_path / "environment", with_pip=True)


@pytest.fixture
def service_url() -> Iterator[str]:
    """The address of a healthy service."""
    with service.running() as url:
        yield url
