"""Releases of the distributions, made from their sources with a few changes to each."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ..building import build as build_all
from ..sources import BY_NAME

SERVICE_IMPORT = re.compile(r"(from arp_sdk\.core import \([^)]*)\bService,")


def adds_describe(source: Path) -> None:
    """arp-core gets a function."""
    _append(source / "core/__init__.py", "def describe(service):\n    return repr(service)\n")


def renames_service(source: Path) -> None:
    """arp-core loses a name that every client uses, and has another one for it."""
    _append(source / "core/__init__.py", "Party = Service\ndel Service\n")


def uses_describe(source: Path) -> None:
    """arp-daemon uses the function that arp-core got."""
    _append(
        source / "daemon/__init__.py",
        "from arp_sdk.core import describe\n\n"
        "def described():\n    return describe(DaemonClient._service)\n",
    )


def uses_party(source: Path) -> None:
    """arp-daemon uses the new name."""
    changed = 0
    for path in source.rglob("*.py"):
        text, count = SERVICE_IMPORT.subn(r"\1Party as Service,", path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")
        changed += count
    assert changed


@dataclass(frozen=True)
class Release:
    """A version of a distribution.

    Attributes:
        needs: The range of arp-core that it declares; none for arp-core itself.
        changes: What it changes in the sources, besides version and range.
    """

    name: str
    version: str
    needs: str = ""
    changes: tuple[Callable[[Path], None], ...] = ()

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def wheel(self, folder: Path) -> Path:
        """Its file in a folder of wheels."""
        return folder / f"{BY_NAME[self.name].file_stem}-{self.version}-py3-none-any.whl"


FIRST = ">=1.0,<2"
CORE_10 = Release("arp-core", "1.0.0")
CORE_11 = Release("arp-core", "1.1.0", changes=(adds_describe,))
CORE_20 = Release("arp-core", "2.0.0", changes=(adds_describe, renames_service))
DAEMON_10 = Release("arp-daemon", "1.0.0", FIRST)
DAEMON_11 = Release("arp-daemon", "1.1.0", ">=1.1,<2", (uses_describe,))
DAEMON_20 = Release("arp-daemon", "2.0.0", ">=2.0,<3", (uses_describe, uses_party))
RUNTIME_10 = Release("arp-runtime", "1.0.0", FIRST)
# Its range is too wide: it needs what the first arp-core lacks.
DAEMON_TOO_LOW = Release("arp-daemon", "1.2.0", ">=1.0,<2", (uses_describe,))
ALL = (*(CORE_10, CORE_11, CORE_20, DAEMON_10, DAEMON_11, DAEMON_20, RUNTIME_10, DAEMON_TOO_LOW),)


def build(folder: Path, releases: Iterable[Release] = ALL) -> None:
    """Build the wheel of each release."""
    copies: list[Path] = []
    for release in releases:
        copy = folder / "sources" / str(release)
        shutil.copytree(BY_NAME[release.name].folder, copy, ignore=_left_behind)
        (version_file,) = copy.rglob("_version.py")
        version_file.write_text(f'__version__ = "{release.version}"\n', encoding="utf-8")
        if release.needs:
            _declare(copy / "pyproject.toml", release.needs)
        for change in release.changes:
            change(copy / "src" / "arp_sdk")
        copies.append(copy)
    build_all("wheel", copies, folder)


def _declare(manifest: Path, needs: str) -> None:
    # Once as a dependency, and once for each extra that arp-core has too.
    text, count = re.subn(
        r'"arp-core(\[\w+\])?[^"]*"',
        rf'"arp-core\1{needs}"',
        manifest.read_text(encoding="utf-8"),
    )
    assert count >= 1
    manifest.write_text(text, encoding="utf-8")


def _append(path: Path, code: str) -> None:
    path.write_text(f"{path.read_text(encoding='utf-8')}\n\n{code}", encoding="utf-8")


def _left_behind(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name in ("__pycache__", "dist", "build")}
