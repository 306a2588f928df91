"""The distributions in packages/, and what they say of themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli
from packaging.requirements import Requirement
from packaging.version import Version

from .problem import ReleaseError

_VERSION_LINE = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)


@dataclass(frozen=True)
class Package:
    """A folder of packages/.

    Attributes:
        name: Of the distribution and of the folder.
        root: The folder that packages/ is in.
    """

    name: str
    root: Path

    @property
    def folder(self) -> Path:
        return self.root / "packages" / self.name

    @property
    def settings(self) -> dict[str, Any]:
        """Its pyproject.toml."""
        return tomli.loads((self.folder / "pyproject.toml").read_text(encoding="utf-8"))

    @property
    def version_file(self) -> Path:
        """The file that states its version."""
        return self.folder / str(self.settings["tool"]["hatch"]["version"]["path"])

    @property
    def version(self) -> Version:
        """The version that its source states."""
        return Version(self._stated()[1])

    def set_version(self, version: Version) -> None:
        """Write the version into its source."""
        found = self._stated()
        text = found.string[: found.start(1)] + str(version) + found.string[found.end(1) :]
        self.version_file.write_text(text, encoding="utf-8")

    @property
    def changelog(self) -> Path:
        return self.folder / "CHANGELOG.md"

    @property
    def fragments(self) -> list[Path]:
        """The changes that no release has."""
        return sorted((self.folder / "changes").glob("*.md"))

    def siblings(self) -> list[Requirement]:
        """What it requires, with or without an extra, that is in packages/ too."""
        project = self.settings["project"]
        texts: list[str] = list(project.get("dependencies", []))
        for extra in project.get("optional-dependencies", {}).values():
            texts += extra
        names = {each.name for each in packages(self.root)}
        return [each for each in map(Requirement, texts) if each.name in names - {self.name}]

    def _stated(self) -> re.Match[str]:
        found = _VERSION_LINE.search(self.version_file.read_text(encoding="utf-8"))
        if found is None:
            raise ReleaseError(f'{self.version_file}: no line like __version__ = "1.0.0"')
        return found


def packages(root: Path) -> list[Package]:
    """All distributions."""
    return [
        Package(path.parent.name, root)
        for path in sorted((root / "packages").glob("*/pyproject.toml"))
    ]


def package(root: Path, name: str) -> Package:
    """The distribution of a name."""
    found = [each for each in packages(root) if each.name == name]
    if not found:
        names = ", ".join(each.name for each in packages(root))
        raise ReleaseError(f"no package {name!r}; there are {names}")
    return found[0]
