"""A change between two versions, and how large the step to the new version has to be."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from packaging.version import Version


class Step(IntEnum):
    """From one version to the next, by semantic versioning."""

    PATCH = 0
    MINOR = 1
    MAJOR = 2

    @property
    def word(self) -> str:
        return self.name.lower()

    def after(self, version: Version) -> Version:
        """The version that this step leads to."""
        major, minor, patch = version.release
        if self is Step.MAJOR:
            return Version(f"{major + 1}.0.0")
        if self is Step.MINOR:
            return Version(f"{major}.{minor + 1}.0")
        return Version(f"{major}.{minor}.{patch + 1}")


class Change(NamedTuple):
    """Something that users can notice.

    Attributes:
        step: The least step that announces it.
        what: In words.
    """

    step: Step
    what: str

    def __str__(self) -> str:
        return f"{self.step.word}: {self.what}"


def step_between(old: Version, new: Version) -> Step:
    """The step that leads from one version to a later one."""
    if new.major != old.major:
        return Step.MAJOR
    return Step.MINOR if new.minor != old.minor else Step.PATCH
