"""The manifest: what cannot be derived from a contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.read.contract import Project, Servers, Umbrella

from .documents import load_file


def read_manifest(path: Path) -> Project:
    """Read `manifest.yaml`."""
    data = load_file(path)
    project = data["project"]
    servers = data.get("servers")
    umbrella = data.get("umbrella")
    return Project(
        namespace=project["namespace"],
        prefix=project["prefix"],
        core_requirement=project["core_requirement"],
        python=project["python"],
        license=project["license"],
        authors=tuple(project["authors"]),
        urls=dict(project.get("urls") or {}),
        core_extras=tuple(data.get("core_extras") or ()),
        extras={name: dict(extras) for name, extras in (data.get("extras") or {}).items()},
        servers=Servers(servers["distribution"], servers["module"]) if servers else None,
        umbrella=_umbrella(umbrella) if umbrella else None,
    )


def _umbrella(data: dict[str, Any]) -> Umbrella:
    return Umbrella(data["distribution"], data["clients"], dict(data.get("exceptions") or {}))
