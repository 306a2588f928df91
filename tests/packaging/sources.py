"""The distributions of this repository, as their sources declare them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Distribution:
    """A folder of `packages/`."""

    name: str
    folder: Path

    @property
    def file_stem(self) -> str:
        """Start of the names of its wheel and sdist."""
        return self.name.replace("-", "_")

    @property
    def namespace(self) -> Path:
        """Its part of the namespace package."""
        return self.folder / "src" / "arp_sdk"

    @property
    def leaves(self) -> list[str]:
        """The packages that it adds to the namespace."""
        root = self.namespace.parent
        found = [path.parent for path in self.namespace.rglob("__init__.py")]
        tops = [each for each in found if each.parent not in found]
        return sorted(".".join(each.relative_to(root).parts) for each in tops)


DISTRIBUTIONS = [
    Distribution(path.parent.name, path.parent)
    for path in sorted((REPOSITORY / "packages").glob("*/pyproject.toml"))
]
BY_NAME = {distribution.name: distribution for distribution in DISTRIBUTIONS}
CORE = BY_NAME["arp-core"]
UMBRELLA = BY_NAME["arp-standard-py"]
WITH_CODE = [distribution for distribution in DISTRIBUTIONS if distribution.leaves]
# The sandbox is no client, and no client is without a module of this name.
CLIENTS = [
    distribution
    for distribution in WITH_CODE
    if distribution != CORE and list(distribution.namespace.glob("*/_client.py"))
]
