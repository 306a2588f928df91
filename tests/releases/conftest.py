from __future__ import annotations

from pathlib import Path

import pytest

from .repository import Repository, clone, unreleased


@pytest.fixture(scope="session")
def before_all_releases(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository without a tag. It is shared: do not change it."""
    return unreleased(tmp_path_factory.mktemp("repositories") / "unreleased")


@pytest.fixture(scope="session")
def after_first_releases(
    before_all_releases: Repository, tmp_path_factory: pytest.TempPathFactory
) -> Repository:
    """A repository with arp-core and arp-daemon 1.0.0. It is shared: do not change it."""
    made = clone(before_all_releases, tmp_path_factory.mktemp("repositories") / "released")
    for name in ("arp-core", "arp-daemon"):
        made.tag_release(name, "1.0.0")
    return made


@pytest.fixture
def repository(before_all_releases: Repository, tmp_path: Path) -> Repository:
    """A repository without a tag."""
    return clone(before_all_releases, tmp_path / "repository")


@pytest.fixture
def released(after_first_releases: Repository, tmp_path: Path) -> Repository:
    """A repository in which arp-core and arp-daemon are released as 1.0.0."""
    return clone(after_first_releases, tmp_path / "repository")
