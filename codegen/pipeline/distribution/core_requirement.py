"""Which arp-core a package needs: the first one that has all that its code uses.

`core_surface.json` says since which release arp-core has what. The release command adds to it when
it releases arp-core. What no release has will be in the next minor version, which the working
tree's arp-core then has to be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pipeline.errors import ContractError
from pipeline.read.contract import Project

from .symbols_used import symbols_used

Version = tuple[int, int, int]
Files = dict[PurePosixPath, str]

CORE_PACKAGES = ("core", "errors", "models", "schema")


@dataclass(frozen=True)
class Record:
    """What the releases of arp-core have.

    Attributes:
        released: The last release, or None before the first.
        since: The first release that has a symbol, by symbol.
    """

    released: Version | None = None
    since: dict[str, Version] = field(default_factory=dict)

    def lacks(self, used: Iterable[str]) -> list[str]:
        """Those symbols that no release has."""
        return sorted(each for each in used if self._since(each) is None)

    def lower_bound(self, used: Iterable[str], upcoming: Version) -> Version:
        """The first version that has all these symbols, where `upcoming` will have the missing."""
        return max((self._since(each) or upcoming for each in used), default=(0, 0, 0))

    def upcoming(self, tree: Version) -> Version:
        """The version that will have what no release has, given the working tree's."""
        if self.released is None or tree > self.released:
            return tree
        return self.released[0], self.released[1] + 1, 0

    def _since(self, symbol: str) -> Version | None:
        # A function that takes any arguments has no symbol for each.
        name, call, argument = symbol.partition("(")
        either = f"{name}({'*' if argument.startswith('#') else '**'})"
        return self.since.get(symbol) or (self.since.get(either) if call else None)


def read_record(path: Path) -> Record:
    """Read `core_surface.json`."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return Record(
        version(data["released"]) if data["released"] else None,
        {symbol: version(since) for since, all_ in data["since"].items() for symbol in all_},
    )


def write_record(path: Path, record: Record) -> None:
    """Write `core_surface.json`."""
    since = {
        text(each): sorted(symbol for symbol, first in record.since.items() if first == each)
        for each in sorted(set(record.since.values()))
    }
    data = {"released": text(record.released) if record.released else None, "since": since}
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


class CoreRequirements:
    """Works out what each generated distribution requires of arp-core.

    Attributes:
        files: `_version.py` of arp-core, if the working tree's version is too low.
    """

    def __init__(self, project: Project, record: Record, out: Path) -> None:
        core = PurePosixPath("packages") / f"{project.prefix}-core" / "src" / project.namespace
        self.files: Files = {}
        self._record = record
        self._range = project.core_requirement
        self._packages = [f"{project.namespace}.{each}" for each in CORE_PACKAGES]
        self._version_file = core / "core" / "_version.py"
        path = out / self._version_file
        self._tree = version_in(path.read_text(encoding="utf-8")) if path.exists() else None

    def of(self, distribution: str, files: Files) -> str:
        """The range of arp-core that the rendered files of a distribution work with."""
        folder = PurePosixPath("packages") / distribution
        sources = [
            source
            for path, source in files.items()
            if folder in path.parents and path.suffix == ".py"
        ]
        needed = self.needed(symbols_used(sources, self._packages))
        range_, lowest = at_least(self._range, needed)
        if self._record.released is not None and self._tree is not None and self._tree < lowest:
            self.files = {self._version_file: f'__version__ = "{text(lowest)}"\n'}
            self._tree = lowest
        return range_

    def needed(self, used: Iterable[str]) -> Version:
        """The lowest version that has all these symbols; before the first release, any."""
        if self._record.released is None:
            return (0, 0, 0)
        tree = self._tree or self._record.released
        return self._record.lower_bound(used, self._record.upcoming(tree))


def at_least(range_: str, needed: Version) -> tuple[str, Version]:
    """A range such as `>=1.0,<2`, its lower bound raised to what is needed, and that bound."""
    match = re.fullmatch(r">=(\d+(?:\.\d+){0,2}),<(\d+)", range_)
    if match is None:
        raise ContractError("manifest.yaml", f"{range_!r} is not of the form '>=1.0,<2'")
    lower, upper = max(version(match[1]), needed), int(match[2])
    if lower >= (upper, 0, 0):
        raise ContractError(
            "manifest.yaml",
            f"core_requirement {range_!r} excludes arp-core {text(lower)}, which the generated "
            "code needs: raise its bounds",
        )
    return f">={'.'.join(map(str, lower if lower[2] else lower[:2]))},<{upper}", lower


def version(text_: str) -> Version:
    """Read `1.2.3`, or a beginning of it."""
    major, minor, patch = [*map(int, text_.split(".")), 0, 0][:3]
    return major, minor, patch


def version_in(source: str) -> Version:
    """The version that a `_version.py` states."""
    match = re.search(r'^__version__ = "(\d+\.\d+\.\d+)"$', source, re.MULTILINE)
    if match is None:
        raise ContractError("_version.py", f"no version like 1.2.3 in {source!r}")
    return version(match[1])


def text(version_: Version) -> str:
    """Write `1.2.3`."""
    return ".".join(map(str, version_))
