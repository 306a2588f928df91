"""Releases, as the tags tell of them: `arp-daemon-v1.2.0`."""

from __future__ import annotations

import re
from pathlib import Path

from packaging.version import Version

from .git import Git
from .packages import Package, package
from .problem import ReleaseError

_TAG = re.compile(r"(?P<name>[a-z0-9-]+)-v(?P<version>\d+\.\d+\.\d+)")


def tag(name: str, version: Version) -> str:
    """The tag of a release."""
    return f"{name}-v{version}"


def read_tag(root: Path, text: str) -> tuple[Package, Version]:
    """The package and version that a tag names."""
    found = _TAG.fullmatch(text)
    if found is None:
        raise ReleaseError(f"{text!r} is not a tag like arp-daemon-v1.2.0")
    return package(root, found["name"]), Version(found["version"])


def releases(git: Git, name: str, below: Version | None = None) -> list[Version]:
    """The releases that the commit contains, oldest version first.

    Args:
        git: The working tree.
        name: Of the package.
        below: Only versions below this one.
    """
    tags = git.lines("tag", "--list", f"{name}-v*", "--merged", "HEAD")
    found = [match for each in tags if (match := _TAG.fullmatch(each)) and match["name"] == name]
    versions = sorted(Version(each["version"]) for each in found)
    return [each for each in versions if below is None or each < below]


def last_release(git: Git, name: str, below: Version | None = None) -> Version | None:
    """The release with the highest version that the commit contains."""
    return max(releases(git, name, below), default=None)


def missing_tags(git: Git, package: Package) -> str:
    """Why nothing can be compared with a release that there has been, or nothing."""
    told = re.search(r"^## (\d+\.\d+\.\d+)", package.changelog.read_text("utf-8"), re.MULTILINE)
    if told is None or releases(git, package.name):
        return ""
    return f"its changelog tells of {told[1]}, but this clone has no tag of it (git fetch --tags)"
