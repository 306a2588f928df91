"""The contents of wheels and source distributions."""

from __future__ import annotations

import tarfile
import zipfile
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path

from packaging.requirements import Requirement

from .sources import Distribution


@dataclass(frozen=True)
class Wheel:
    """A built wheel."""

    distribution: Distribution
    path: Path

    @property
    def contents(self) -> dict[str, bytes]:
        """Its files by name."""
        with zipfile.ZipFile(self.path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    @property
    def modules(self) -> set[str]:
        """The names of its files but for those of its dist-info."""
        return {name for name in self.contents if ".dist-info/" not in name}

    @property
    def dist_info(self) -> str:
        """The name of its dist-info folder."""
        (folder,) = {name.split("/")[0] for name in self.contents if ".dist-info/" in name}
        return folder

    @property
    def metadata(self) -> Message:
        """Its core metadata."""
        return Parser().parsestr(self.contents[f"{self.dist_info}/METADATA"].decode())

    @property
    def requirements(self) -> list[Requirement]:
        """Requirements, with those of its extras."""
        return [Requirement(text) for text in self.metadata.get_all("Requires-Dist", [])]

    @property
    def extras(self) -> set[str]:
        """The names of its extras."""
        return set(self.metadata.get_all("Provides-Extra", []))


def wheel_of(distribution: Distribution, folder: Path) -> Wheel:
    """The one wheel of a distribution in a folder."""
    (path,) = folder.glob(f"{distribution.file_stem}-*.whl")
    return Wheel(distribution, path)


def sdist_of(distribution: Distribution, folder: Path) -> Path:
    """The one source distribution in a folder."""
    (path,) = folder.glob(f"{distribution.file_stem}-*.tar.gz")
    return path


def files_in_sdist(path: Path) -> set[str]:
    """The files of a source distribution, below its top folder."""
    with tarfile.open(path) as archive:
        names = [member.name for member in archive.getmembers() if member.isfile()]
    return {name.partition("/")[2] for name in names}


def third_party(wheels: list[Wheel], extra: str | None = None) -> list[str]:
    """The requirements that none of the wheels satisfies, those of an extra too."""
    ours = {wheel.distribution.name for wheel in wheels}
    return sorted(
        {
            f"{each.name}{each.specifier}"
            for wheel in wheels
            for each in wheel.requirements
            if each.name not in ours
            and (each.marker is None or (extra and each.marker.evaluate({"extra": extra})))
        }
    )
