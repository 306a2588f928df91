"""Whether what was released of the other packages still works with this arp-core.

pip may put a new arp-core beside an old client. mypy tells whether the client's code fits: names,
arguments and types, private ones included, for generated clients are made of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from .change import Change, Step
from .git import Git
from .packages import Package, package, packages
from .tags import releases, tag


def dependent_changes(git: Git, core: Package, workspace: Path) -> list[Change]:
    """Type-check the released packages that admit the version after this against its source.

    Args:
        git: The working tree.
        core: The package that the others depend on.
        workspace: A folder for what is unpacked and for mypy's cache.
    """
    found: list[Change] = []
    upcoming = Step.MINOR.after(max(releases(git, core.name), default=core.version))
    for each in packages(git.root):
        for version in _last_of_each_minor(releases(git, each.name)):
            label = tag(each.name, version)
            tree = git.extract(label, [f"packages/{each.name}"], workspace / label)
            old = package(tree, each.name)
            admits = [r for r in _requirements(old, core.name) if upcoming in r]
            if admits:
                complaint = _complaint(git.root, old, core, workspace)
                if complaint:
                    found.append(Change(Step.MAJOR, f"{label} does not fit: {complaint}"))
    return found


def _requirements(old: Package, name: str) -> Iterator[SpecifierSet]:
    texts = old.settings["project"].get("dependencies", [])
    for each in map(Requirement, texts):
        if each.name == name:
            yield each.specifier


def _last_of_each_minor(versions: list[Version]) -> list[Version]:
    return list({each.release[:2]: each for each in versions}.values())


def _complaint(root: Path, old: Package, core: Package, workspace: Path) -> str:
    """Mypy's first complaint of the package beside this core, or nothing."""
    # What else it requires of ours is the working tree's, as pip would take the newest.
    names = {each.name for each in packages(root)} - {old.name, core.name}
    others = [root / "packages" / name / "src" for name in sorted(names)]
    sources = [old.folder / "src", core.folder / "src", *others]
    leaves = sorted(path.parent for path in old.folder.glob("src/*/*/__init__.py"))
    if not leaves:
        return ""
    targets = [part for leaf in leaves for part in ("-p", f"{leaf.parent.name}.{leaf.name}")]
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", os.devnull, "--no-pretty"]
    command += ["--namespace-packages", "--explicit-package-bases", "--no-error-summary"]
    command += ["--no-warn-unused-ignores", "--cache-dir", str(workspace / "mypy"), *targets]
    environment = {**os.environ, "MYPYPATH": os.pathsep.join(map(str, sources))}
    done = subprocess.run(
        command, cwd=workspace, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return ""
    lines = [line for line in (done.stdout + done.stderr).splitlines() if ": error:" in line]
    return (lines or [done.stdout + done.stderr])[0].replace(f"{workspace}{os.sep}", "")
