from __future__ import annotations

from pathlib import Path

import pytest

from .archives import files_in_sdist, sdist_of, wheel_of
from .sources import DISTRIBUTIONS, UMBRELLA, Distribution

pytestmark = [
    pytest.mark.full,
    pytest.mark.parametrize(
        "distribution", DISTRIBUTIONS, ids=[each.name for each in DISTRIBUTIONS]
    ),
]


def test_it_builds_the_same_wheel(
    distribution: Distribution, wheelhouse: Path, rebuilt: Path
) -> None:
    from_tree = wheel_of(distribution, wheelhouse)
    from_sdist = wheel_of(distribution, rebuilt)
    assert from_sdist.path.name == from_tree.path.name
    assert from_sdist.contents == from_tree.contents


def test_it_holds_the_sources_and_what_belongs_to_them(
    distribution: Distribution, sdists: Path
) -> None:
    names = files_in_sdist(sdist_of(distribution, sdists))
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "PKG-INFO"} <= names
    others = {name for name in names if not name.startswith("src/arp_sdk/")}
    # Where there is no code, the version has a file of its own.
    if distribution == UMBRELLA:
        others.remove("_version.py")
    assert others <= {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "PKG-INFO",
        ".gitignore",
    }
