"""The manifest: the facts that a contract does not state."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.errors import ContractError

from .documents import load_file


@dataclass(frozen=True)
class Core:
    """The distribution that the generated packages run on, which knows no contract.

    Attributes:
        module: The namespace of its packages `core`, `errors` and `schema`.
        requirement: The version range that the generated packages require.
        extras: Extras of it that every client passes on.
    """

    distribution: str
    module: str
    requirement: str
    extras: tuple[str, ...]


@dataclass(frozen=True)
class Server:
    """The distribution that the server sides of the services run on.

    `requirement` is the version range that the extra `server` of each client requires.
    """

    distribution: str
    module: str
    requirement: str


@dataclass(frozen=True)
class CommandLine:
    """The package with a command for each operation.

    Attributes:
        distribution: Its folder in `packages/`, which is otherwise written by hand.
        module: Its import name.
        folder: The part of `_generated/` for this line of the contract; empty for all of it.
    """

    distribution: str
    module: str
    folder: str = ""


@dataclass(frozen=True)
class Umbrella:
    """The distribution without code that requires the core and all clients.

    `exceptions` are version ranges of clients that differ from the project's, by distribution.
    """

    distribution: str
    exceptions: dict[str, str]


@dataclass(frozen=True)
class Manifest:
    """The content of `manifest.yaml`.

    Attributes:
        namespace: The namespace package, such as `arp_sdk`.
        prefix: The first part of the name of each distribution, such as `arp`.
        models: The distribution of the models that services share.
        requirement: The version range in which the project's distributions require each other.
        python: The range of Python versions.
        license: SPDX expression, or None.
        classifiers: Of each distribution, besides those for Python.
        protocol: The name of the protocol that the services belong to, or empty.
        urls: Project URLs by label; `{distribution}` stands for the distribution's name.
        extras: Optional requirements of clients, by the extension of the contract and by extra.
    """

    core: Core
    server: Server
    namespace: str
    prefix: str
    models: str
    requirement: str
    python: str
    license: str | None
    authors: tuple[str, ...]
    keywords: tuple[str, ...]
    classifiers: tuple[str, ...]
    protocol: str
    urls: dict[str, str]
    extras: dict[str, dict[str, list[str]]]
    umbrella: Umbrella | None = None
    command_line: CommandLine | None = None

    @property
    def has_models_by_hand(self) -> bool:
        """True if the distribution of the shared models is the hand-written core."""
        return self.models == self.core.distribution


def read_manifest(path: Path) -> Manifest:
    """Read a `manifest.yaml`, and the one that it extends."""
    data = _data(path)
    core, project = data["core"], data["project"]
    return Manifest(
        core=Core(**{**core, "extras": tuple(core["extras"])}),
        server=Server(**data["server"]),
        namespace=project["namespace"],
        prefix=project["prefix"],
        models=project.get("models") or f"{project['prefix']}-models",
        requirement=project["requirement"],
        python=project["python"],
        license=project.get("license"),
        authors=tuple(project.get("authors") or ()),
        keywords=tuple(project.get("keywords") or ()),
        classifiers=tuple(project.get("classifiers") or ()),
        protocol=project.get("protocol") or "",
        urls=dict(project.get("urls") or {}),
        extras={name: dict(extras) for name, extras in (data.get("extras") or {}).items()},
        umbrella=_umbrella(data.get("umbrella")),
        command_line=CommandLine(**data["command_line"]) if data.get("command_line") else None,
    )


def _data(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = load_file(path)
    base = _data(path.parent / data.pop("extends")) if "extends" in data else {}
    for section, content in data.items():
        if isinstance(content, dict):
            content = {**(base.get(section) or {}), **content}
        base[section] = content
    return base


def for_namespace(manifest: Manifest, namespace: str, prefix: str) -> Manifest:
    """Return the manifest of another project, whose packages stand next to ours.

    Raises:
        ContractError: If a name is not valid, or is ours.
    """
    for option, name, pattern in (
        ("--namespace", namespace, r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*"),
        ("--prefix", prefix, r"[a-z][a-z0-9]*(-[a-z0-9]+)*"),
    ):
        if not re.fullmatch(pattern, name):
            raise ContractError(option, f"`{name}` is not of the form {pattern}")
    if namespace.partition(".")[0] == manifest.namespace or prefix == manifest.prefix:
        what = f"{manifest.namespace} and {manifest.prefix} are the names of our packages"
        raise ContractError("--namespace", what)
    return replace(
        manifest,
        namespace=namespace,
        prefix=prefix,
        models=f"{prefix}-models",
        license=None,
        authors=(),
        keywords=(),
        classifiers=(),
        protocol="",
        urls={},
        umbrella=None,
        command_line=None,
    )


def _umbrella(data: dict[str, Any] | None) -> Umbrella | None:
    return Umbrella(data["distribution"], data.get("exceptions") or {}) if data else None
