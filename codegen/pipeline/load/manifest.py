"""The manifest: the facts that a contract does not state."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .documents import load_file


@dataclass(frozen=True)
class ServerSide:
    """The package that serves some of the services.

    Attributes:
        distribution: Its folder in `packages/`, which is otherwise written by hand.
        module: Its import name.
        services: The slugs of the services that it serves.
    """

    distribution: str
    module: str
    services: tuple[str, ...]


@dataclass(frozen=True)
class Umbrella:
    """The distribution without code that requires the core and all clients.

    Attributes:
        distribution: Its name.
        clients: The version range that it requires of a client.
        exceptions: Other version ranges, by distribution.
    """

    distribution: str
    clients: str
    exceptions: dict[str, str]

    def requirement(self, distribution: str) -> str:
        """Return the version range that it requires of a client."""
        return self.exceptions.get(distribution, self.clients)


@dataclass(frozen=True)
class Manifest:
    """The content of `manifest.yaml`.

    Attributes:
        namespace: The namespace package, such as `arp_sdk`.
        prefix: The first part of the name of each distribution, such as `arp`.
        core_requirement: The version range of the core that the generated packages require.
        python: The range of Python versions.
        license: SPDX expression.
        authors: Names.
        urls: Project URLs by label; `{distribution}` stands for the distribution's name.
        core_extras: Extras of the core that every client passes on.
        extras: Optional requirements by distribution and extra.
        server_side: The package that serves the services, or None.
        umbrella: The distribution that requires all others, or None.
    """

    namespace: str
    prefix: str
    core_requirement: str
    python: str
    license: str
    authors: tuple[str, ...]
    urls: dict[str, str]
    core_extras: tuple[str, ...]
    extras: dict[str, dict[str, list[str]]]
    server_side: ServerSide | None = None
    umbrella: Umbrella | None = None

    @property
    def core(self) -> str:
        """The distribution that all clients share."""
        return f"{self.prefix}-core"


def read_manifest(path: Path) -> Manifest:
    """Read `manifest.yaml`."""
    data = load_file(path)
    project = data["project"]
    return Manifest(
        namespace=project["namespace"],
        prefix=project["prefix"],
        core_requirement=project["core_requirement"],
        python=project["python"],
        license=project["license"],
        authors=tuple(project["authors"]),
        urls=dict(project.get("urls") or {}),
        core_extras=tuple(data.get("core_extras") or ()),
        extras={name: dict(extras) for name, extras in (data.get("extras") or {}).items()},
        server_side=_server_side(data.get("server_side")),
        umbrella=_umbrella(data.get("umbrella")),
    )


def _server_side(data: dict[str, Any] | None) -> ServerSide | None:
    if not data:
        return None
    return ServerSide(data["distribution"], data["module"], tuple(data["services"]))


def _umbrella(data: dict[str, Any] | None) -> Umbrella | None:
    if not data:
        return None
    return Umbrella(data["distribution"], data["clients"], data.get("exceptions") or {})
