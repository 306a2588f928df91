"""The requirements of the package that serves the services, which are written by hand."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline import ir
from pipeline.errors import ContractError
from pipeline.load.manifest import ServerSide


def check_requirements(out: Path, server_side: ServerSide, api: ir.Api) -> None:
    """Check that the package requires the client of each service that it serves.

    Args:
        out: The folder that holds `packages/`.
        server_side: The package.
        api: The services.

    Raises:
        ContractError: If a requirement is missing.
    """
    where = f"packages/{server_side.distribution}/pyproject.toml"
    text = (out / where).read_text(encoding="utf-8")
    for service in api.services:
        name = re.escape(service.distribution)
        if service.slug in server_side.services and not re.search(rf'"{name}\b(?!-)', text):
            raise ContractError(
                where,
                f"add {service.distribution} to `dependencies`: the server side of "
                f"`{service.slug}` imports {service.module}.operations",
            )
