"""No combination that pip or uv resolves breaks a user, whichever package is released when."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from . import installers
from .server import Index
from .user import PACKAGES, User
from .versions import (
    CORE_10,
    CORE_11,
    CORE_20,
    DAEMON_10,
    DAEMON_11,
    DAEMON_20,
    DAEMON_TOO_HIGH,
    DAEMON_TOO_LOW,
    RUNTIME_10,
    TOOL_REGISTRY_10,
    Release,
)

pytestmark = pytest.mark.packaging

PINNED = ("arp-daemon==1.0.*", "arp-core==1.0.*")
ALONE_10 = {"arp-core": "1.0.0", "arp-daemon": "1.0.0"}
ALONE_11 = {"arp-core": "1.1.0", "arp-daemon": "1.1.0"}


@dataclass(frozen=True)
class Step:
    """What is released, and what somebody gets who then asks for arp-daemon, or for all clients."""

    release: Release
    daemon: dict[str, str]
    clients: dict[str, str]


CORE_FIRST = [
    Step(CORE_11, {"arp-core": "1.1.0", "arp-daemon": "1.0.0"}, {}),
    Step(DAEMON_11, ALONE_11, {}),
]
DAEMON_FIRST = [
    # It needs an arp-core that is not there: the one before it is what there is to install.
    Step(DAEMON_11, ALONE_10, {}),
    Step(CORE_11, ALONE_11, {}),
]
RUNTIME_TOO = {**ALONE_11, "arp-runtime": "1.0.0"}
ALL = {**RUNTIME_TOO, "arp-tool-registry": "1.0.0"}
LATER = [
    Step(RUNTIME_10, ALONE_11, RUNTIME_TOO),
    Step(TOOL_REGISTRY_10, ALONE_11, ALL),
    Step(CORE_20, ALONE_11, ALL),
    # The others need the first arp-core: beside them, the daemon before it is what fits.
    Step(DAEMON_20, {"arp-core": "2.0.0", "arp-daemon": "2.0.0"}, ALL),
]


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "steps",
    # After either beginning the index holds the same: what comes later is told once.
    [[*CORE_FIRST, *LATER], DAEMON_FIRST],
    ids=["core-first", "daemon-first"],
)
def test_every_combination_works(
    user: User, index: Index, releases: Path, steps: list[Step]
) -> None:
    published: list[Release] = []

    def publish(*released: Release) -> None:
        for release in released:
            index.publish(release.wheel(releases))
            published.append(release)

    publish(CORE_10, DAEMON_10)
    kept, pinned = user.environment(), user.environment()
    assert user.adds(kept, user.pip, "arp-daemon") == ALONE_10
    assert user.adds(pinned, user.pip, *PINNED) == ALONE_10
    _everybody(user, published, ALONE_10, {})
    for step in steps:
        publish(step.release)
        _everybody(user, published, step.daemon, step.clients)
        upgraded = user.adds(kept, user.pip, "--upgrade", "arp-daemon", "arp-core")
        assert upgraded == step.daemon
        assert user.adds(pinned, user.uv, "--upgrade", *PINNED) == ALONE_10
    _came_from(user, index, releases, published)


def _everybody(
    user: User, published: list[Release], daemon: dict[str, str], clients: dict[str, str]
) -> None:
    """Install for users of each kind, and run the smoke program on what they get."""
    for installer in (user.pip, user.uv):
        assert user.gets(installer, "arp-daemon") == daemon
    assert user.gets(user.uv, *PINNED) == ALONE_10
    lowest = ("--resolution", "lowest-direct", "arp-daemon", "arp-core")
    assert user.gets(user.uv, *lowest) == ALONE_10
    if clients:
        names = [name for name in PACKAGES if name in clients]
        assert user.gets(user.uv, *names) == clients
    for client, core in _new_pairs(published):
        pins = [f"{each.name}=={each.version}" for each in (client, core)]
        if SpecifierSet(client.needs).contains(core.version):
            got = user.gets(user.uv, *pins)
            assert got == {client.name: client.version, core.name: core.version}
        else:
            assert f"arp-core{client.needs}" in user.refused(user.uv, *pins).replace(" ", "")


def _new_pairs(published: list[Release]) -> Iterator[tuple[Release, Release]]:
    """Each client beside each core, but for those that were there before the newest release."""
    for client, core in product(published, published):
        newest = published[-1] in (client, core) or len(published) == 2
        if client.needs and not core.needs and newest:
            yield client, core


def _came_from(user: User, index: Index, releases: Path, published: list[Release]) -> None:
    """Whatever is ours came from the index, as it was uploaded."""
    ours = {name: value for name, value in user.pip.sources.items() if name.startswith("arp_")}
    assert {release.wheel(releases).name for release in (CORE_10, CORE_11, DAEMON_11)} <= set(ours)
    for release in published:
        path = release.wheel(releases)
        if path.name in ours:
            url, digest = ours[path.name]
            assert url.startswith(f"{index.url}/packages/")
            assert digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_client_before_its_core_is_refused_by_name(
    user: User, index: Index, releases: Path
) -> None:
    for release in (CORE_10, DAEMON_10, DAEMON_11):
        index.publish(release.wheel(releases))
    for installer in (user.pip, user.uv):
        said = user.refused(installer, "arp-daemon==1.1.0")
        assert "arp-core<2,>=1.1" in said.replace("arp-core>=1.1,<2", "arp-core<2,>=1.1")


@pytest.mark.parametrize(
    ("core", "daemon", "missing"),
    [(CORE_10, DAEMON_TOO_LOW, "describe"), (CORE_20, DAEMON_TOO_HIGH, "Service")],
    ids=str,
)
def test_a_range_that_is_wrong_breaks_the_program(
    user: User, index: Index, releases: Path, core: Release, daemon: Release, missing: str
) -> None:
    for release in (core, daemon):
        index.publish(release.wheel(releases))
    environment = user.environment()
    assert user.uv.install(environment, "arp-daemon").returncode == 0
    assert user.uv.check(environment).returncode == 0
    smoke = user.smoke(environment)
    assert smoke.returncode == 1
    assert f"cannot import name '{missing}' from 'arp_sdk.core'" in smoke.stderr


def test_a_core_that_is_upgraded_past_a_client_is_reported(
    user: User, index: Index, releases: Path
) -> None:
    """An installer asked for arp-core alone does not look at what is installed beside it."""
    for release in (CORE_10, DAEMON_10, CORE_20):
        index.publish(release.wheel(releases))
    environment = user.environment()
    assert user.adds(environment, user.pip, "arp-daemon") == ALONE_10
    done = user.pip.install(environment, "--upgrade", "arp-core")
    assert "arp-daemon 1.0.0 requires arp-core<2,>=1.0" in done.stderr
    assert user.pip.check(environment).returncode == 1
    assert installers.versions(environment)["arp-core"] == "2.0.0"
    assert user.adds(environment, user.pip, "--upgrade", "arp-core", "arp-daemon") == ALONE_10
