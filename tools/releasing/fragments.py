"""Fragments: the changes that the next release of a package will tell of, one file each."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

from packaging.version import Version

from .change import Step
from .git import Git
from .packages import Package
from .problem import ReleaseError
from .tags import last_release, missing_tags, tag

# What a change announces, by the middle part of its file's name.
KINDS = {
    "breaking": Step.MAJOR,
    "added": Step.MINOR,
    "changed": Step.MINOR,
    "deprecated": Step.MINOR,
    "fixed": Step.PATCH,
    "security": Step.PATCH,
}
START = "<!-- The release command puts the changes here. -->\n"


def kind(fragment: Path) -> str:
    """The kind of change that a fragment tells of."""
    parts = fragment.name.split(".")
    if len(parts) != 3 or parts[1] not in KINDS:
        raise ReleaseError(
            f"{fragment}: not called <subject>.<kind>.md, a kind of {', '.join(KINDS)}"
        )
    return parts[1]


def announced(package: Package) -> Step:
    """The least step that the fragments announce."""
    return max((KINDS[kind(each)] for each in package.fragments), default=Step.PATCH)


def complaint(git: Git, package: Package, since: str | None = None) -> str:
    """What a package's fragments lack, or nothing.

    Args:
        git: The working tree.
        package: The package.
        since: Another commit to compare with than the last release's.
    """
    for each in package.fragments:
        if not kind(each) or not each.read_text(encoding="utf-8").strip():
            return f"{each.relative_to(git.root)} is empty"
    last = last_release(git, package.name)
    if since is None and last is None:
        if package.fragments or missing_tags(git, package):
            return ""
        return f"has never been released, and packages/{package.name}/changes/ is empty"
    base = since or tag(package.name, last or package.version)
    shipped = [each for each in git.changed_since(base, f"packages/{package.name}") if ships(each)]
    if not shipped or _new_fragments(git, package, base):
        return ""
    return f"changed since {base} without a fragment in packages/{package.name}/changes/: " + (
        ", ".join(shipped)
    )


def ships(path: str) -> bool:
    """Whether users get what is in a file of packages/<name>/: code, and what is required."""
    inside = path.split("/", 2)[2]
    code = inside.startswith("src/") or "/src/" in inside or inside.endswith(".py")
    return (code and not inside.endswith("_version.py")) or inside == "pyproject.toml"


def assemble(root: Path, package: Package, version: Version, day: date) -> str:
    """Move the fragments into the changelog, and return what it now says of the version."""
    command = [sys.executable, "-m", "towncrier", "build", "--yes", "--name", package.name]
    command += ["--config", str(root / "towncrier.toml"), "--dir", str(package.folder)]
    command += ["--version", str(version), "--date", day.isoformat()]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ReleaseError(f"towncrier: {done.stdout}{done.stderr}")
    return section(package, version)


def section(package: Package, version: Version) -> str:
    """What a changelog says of a version."""
    text = package.changelog.read_text(encoding="utf-8")
    _, found, after = text.partition(f"\n## {version} ")
    if not found:
        raise ReleaseError(f"{package.changelog} does not tell of {version}")
    return f"## {version} {after.partition(chr(10) + '## ')[0]}".strip() + "\n"


def _new_fragments(git: Git, package: Package, base: str) -> list[Path]:
    """The fragments that a commit does not have, or has otherwise."""
    return [
        each
        for each in package.fragments
        if not git.succeeds("cat-file", "-e", f"{base}:{each.relative_to(git.root).as_posix()}")
    ]
