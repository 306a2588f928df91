"""Stage 1: read the documents and schemas of a contract."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .problem import ContractError


class _Loader(yaml.SafeLoader):
    """YAML as JSON understands it: a date stays a string."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class Contract:
    """The files of a contract, parsed.

    Attributes:
        root: The folder that holds `openapi/` and `schemas/`.
        documents: The OpenAPI documents, by the service's name in the file name.
        schemas: Paths of the JSON Schema files.
    """

    root: Path
    documents: dict[str, Path]
    schemas: list[Path]


def load_contract(root: Path) -> Contract:
    """Find the files of a contract in the standard's layout."""
    root = root.resolve()
    documents = {
        path.name.partition(".openapi.")[0]: path
        for pattern in ("*.openapi.yaml", "*.openapi.yml", "*.openapi.json")
        for path in sorted((root / "openapi").glob(pattern))
    }
    if not documents:
        raise ContractError(root, "holds no openapi/<service>.openapi.yaml")
    schemas = sorted((root / "schemas").rglob("*.schema.json"))
    return Contract(root, dict(sorted(documents.items())), schemas)


def load_file(path: Path) -> Any:
    """Parse a YAML or JSON file."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            return json.loads(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506  # derived from SafeLoader
    except OSError as error:
        raise ContractError(path, f"cannot be read ({error.strerror})") from error
    except (ValueError, yaml.YAMLError) as error:
        raise ContractError(path, f"cannot be parsed ({error})") from error
