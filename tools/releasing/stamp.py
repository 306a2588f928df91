"""Adding to the record of what arp-core has, when a version of it is released."""

from __future__ import annotations

from pathlib import Path

from packaging.version import Version

from pipeline.distribution.core_requirement import (
    CORE_PACKAGES,
    Record,
    read_record,
    version,
    write_record,
)

from .packages import Package
from .surface import surface


def stamp(root: Path, core: Package, released: Version, namespace: str) -> None:
    """Write down that what is new is there since this version; forget what is gone."""
    path = root / "codegen" / "core_surface.json"
    before = read_record(path)
    modules = [f"{namespace}.{each}" for each in CORE_PACKAGES]
    number = version(str(released))
    since = {
        symbol: before.since.get(symbol, number) for symbol in surface(core.folder / "src", modules)
    }
    write_record(path, Record(number, since))
