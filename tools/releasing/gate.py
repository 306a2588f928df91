"""The public API gate: what changed in a package since its last release."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from packaging.version import Version

from pipeline.load.manifest import read_manifest

from .change import Change, Step, step_between
from .dependents import dependent_changes
from .git import Git
from .metadata import metadata_changes
from .packages import Package, package, packages
from .python_api import python_changes
from .tags import last_release, missing_tags, tag
from .wire import read_api, wire_changes

CONTRACT = Path("codegen/spec/v1")


@dataclass(frozen=True)
class Verdict:
    """What the gate found.

    Attributes:
        package: The package.
        last: Its last release, or None.
        changes: What changed since.
        excuse: Why nothing was compared, or nothing.
    """

    package: Package
    last: Version | None = None
    changes: list[Change] = field(default_factory=list)
    excuse: str = ""

    @property
    def step(self) -> Step:
        """The least step that the changes ask for."""
        return max((each.step for each in self.changes), default=Step.PATCH)

    def too_small(self, version: Version) -> list[Change]:
        """The changes that a version does not announce."""
        if self.last is None:
            return []
        taken = step_between(self.last, version)
        return [each for each in self.changes if each.step > taken]


def inspect(git: Git, subject: Package, below: Version | None = None) -> Verdict:
    """Compare a package's working tree with its last release.

    Args:
        git: The working tree.
        subject: The package.
        below: Compare with the last release below this version.
    """
    last = last_release(git, subject.name, below)
    if last is None:
        excuse = missing_tags(git, subject) or "not released yet, nothing to compare"
        return Verdict(subject, excuse=excuse)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder).resolve()
        label = tag(subject.name, last)
        folders = [f"packages/{subject.name}", CONTRACT.as_posix()]
        old = git.extract(label, folders, workspace / "old")
        return Verdict(subject, last, _changes(git, old, subject, last, workspace))


def _changes(git: Git, old: Path, subject: Package, last: Version, workspace: Path) -> list[Change]:
    project = read_manifest(git.root / "codegen" / "manifest.yaml")
    before = package(old, subject.name)
    found = python_changes(before.folder / "src", subject.folder / "src", project.namespace)
    names = {each.name for each in packages(git.root)}
    found += metadata_changes(before.settings["project"], subject.settings["project"], names)
    old_api, new_api = read_api(old / CONTRACT, project), read_api(git.root / CONTRACT, project)
    core = f"{project.prefix}-core"
    if subject.name == core:
        found += wire_changes(old_api, new_api, only_models=True)
        found += dependent_changes(git, subject, last, workspace)
    elif project.servers is not None and subject.name == project.servers.distribution:
        found += wire_changes(old_api, new_api)
    else:
        served = {each.distribution for each in (*old_api.services, *new_api.services)}
        found += wire_changes(old_api, new_api, served & {subject.name})
    return sorted(set(found), key=lambda each: (-each.step, each.what))
