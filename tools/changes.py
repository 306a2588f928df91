"""Check that the fragments of each package announce its changes since the last release.

A package whose code or requirements have changed needs a new fragment, which towncrier looks for.
One whose Python API is incompatible, as griffe finds, needs a fragment of the kind `breaking`.
`hatch run changes REF` looks for the fragments since another commit.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def succeeds(*command: str | Path) -> bool:
    """Run a program and return whether it exits with 0."""
    return subprocess.run(command, check=False).returncode == 0


def last_release(package: Path) -> str:
    """Return the tag of a package's last release, or nothing."""
    command = ("git", "tag", "--sort=-v:refname", "--list", f"{package.name}-v*")
    tags = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return tags.partition("\n")[0]


def announced(package: Path, base: str) -> bool:
    """Return whether a package is the same as in a commit, or has a new fragment."""
    shipped = (package / "src", package / "pyproject.toml")
    if succeeds("git", "diff", "--quiet", base, "--", *shipped):
        return True
    fragments = ("check", "--config", "towncrier.toml", "--dir", package, "--compare-with", base)
    return succeeds(sys.executable, "-m", "towncrier", *fragments)


def compatible(package: Path, release: str) -> bool:
    """Return whether a package's API is compatible with a release, or announced as breaking."""
    if not (package / "src").is_dir() or list(package.glob("changes/*.breaking.md")):
        return True
    against = ("check", "arp_sdk", "--search", package / "src", "--against", release)
    return succeeds(sys.executable, "-m", "griffe", *against)


failed = []
for each in sorted(Path("packages").iterdir()):
    release = last_release(each)
    base = sys.argv[1] if len(sys.argv) > 1 else release
    print(f"{each.name}: compared with {base or 'nothing, it is not released yet'}", flush=True)
    if base and not announced(each, base):
        failed.append(f"{each.name}: changed since {base} without a new fragment in {each}/changes")
    if release and not compatible(each, release):
        failed.append(f"{each.name}: breaks the API of {release} without a fragment *.breaking.md")
sys.exit("\n".join(failed) or None)
