"""Whether what was released of the other packages still works with this arp-core.

pip may put a new arp-core beside an old client. mypy tells whether the client's code fits: names,
arguments and types, private ones included, for generated clients are made of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from .change import Change, Step
from .git import Git
from .packages import Package, package, packages
from .tags import releases, tag


def dependent_changes(git: Git, core: Package, last: Version, workspace: Path) -> list[Change]:
    """Type-check the released packages that admit the version after this against its source.

    Args:
        git: The working tree.
        core: The package that the others depend on.
        last: Its release to compare with.
        workspace: A folder for what is unpacked and for mypy's cache.
    """
    found: list[Change] = []
    upcoming = Step.MINOR.after(last)
    label = tag(core.name, last)
    before = package(git.extract(label, [f"packages/{core.name}"], workspace / label), core.name)
    for each in packages(git.root):
        for version in _last_of_each_minor(releases(git, each.name)):
            label = tag(each.name, version)
            tree = git.extract(label, [f"packages/{each.name}"], workspace / label)
            old = package(tree, each.name)
            admits = [r for r in _requirements(old, core.name) if upcoming in r]
            if admits:
                # What mypy said of it before is not the new arp-core's doing.
                known = _complaints(git.root, old, before, workspace)
                new = [c for c in _complaints(git.root, old, core, workspace) if c not in known]
                found += [Change(Step.MAJOR, f"{label} does not fit: {each}") for each in new[:1]]
    return found


def _requirements(old: Package, name: str) -> Iterator[SpecifierSet]:
    texts = old.settings["project"].get("dependencies", [])
    for each in map(Requirement, texts):
        if each.name == name:
            yield each.specifier


def _last_of_each_minor(versions: list[Version]) -> list[Version]:
    return list({each.release[:2]: each for each in versions}.values())


def _complaints(root: Path, old: Package, core: Package, workspace: Path) -> list[str]:
    """What mypy has to say of the package beside this core."""
    leaves = sorted(path.parent for path in old.folder.glob("src/*/*/__init__.py"))
    if not leaves:
        return []
    # What else it requires of ours is the working tree's, as pip would take the newest.
    names = {each.name for each in packages(root)} - {old.name, core.name}
    others = [root / "packages" / name / "src" for name in sorted(names)]
    sources = [old.folder / "src", core.folder / "src", *others, _libraries(workspace)]
    targets = [part for leaf in leaves for part in ("-p", f"{leaf.parent.name}.{leaf.name}")]
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-pretty"]
    # Without what is installed, for mypy would take the packages that are installed editable.
    command += ["--no-site-packages", "--ignore-missing-imports", "--follow-imports=silent"]
    command += ["--namespace-packages", "--explicit-package-bases", "--no-error-summary"]
    command += ["--no-warn-unused-ignores", "--allow-subclassing-any", "--allow-any-unimported"]
    command += ["--no-warn-return-any", "--allow-untyped-calls", "--allow-untyped-decorators"]
    command += ["--cache-dir", str(workspace / "mypy"), *targets]
    environment = {**os.environ, "MYPYPATH": os.pathsep.join(map(str, sources))}
    done = subprocess.run(
        command, cwd=workspace, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return []
    lines = [line for line in (done.stdout + done.stderr).splitlines() if ": error:" in line]
    return lines or [done.stdout + done.stderr]


def _libraries(workspace: Path) -> Path:
    """A folder with msgspec, of which the models are made."""
    folder = workspace / "libraries"
    if not folder.exists():
        shutil.copytree(Path(msgspec.__file__).parent, folder / "msgspec")
    return folder
