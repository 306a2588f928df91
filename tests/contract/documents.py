"""The documents of a contract, loaded into memory."""

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml
from referencing import Registry
from referencing.jsonschema import DRAFT202012


class Resolved(Protocol):
    """Return the target of a `$ref`, and the resolver for the `$ref`s in it."""

    @property
    def contents(self) -> Any: ...

    @property
    def resolver(self) -> "Resolver": ...


class Resolver(Protocol):
    """Looks up `$ref`s as seen from one place in a document."""

    def lookup(self, ref: str) -> Resolved: ...


@dataclass(frozen=True)
class Contract:
    """All OpenAPI and schema documents of a contract.

    `documents` maps the path of each file, relative to the contract and with forward slashes, to
    its parsed content.
    """

    documents: dict[str, Any]

    def copy(self) -> "Contract":
        return Contract(copy.deepcopy(self.documents))

    def registry(self) -> Registry[Any]:
        resources = (
            (uri(path), DRAFT202012.create_resource(content))
            for path, content in self.documents.items()
        )
        empty: Registry[Any] = Registry()
        return empty.with_resources(resources)


def uri(path: str) -> str:
    """Return the URI under which a document is registered, against which its `$ref`s resolve."""
    return f"file:///{path}"


def load(root: Path) -> Contract:
    documents: dict[str, Any] = {}
    for file in sorted(root.glob("openapi/*.openapi.yaml")):
        documents[file.relative_to(root).as_posix()] = yaml.safe_load(file.read_text("utf-8"))
    for file in sorted(root.glob("schemas/**/*.schema.json")):
        documents[file.relative_to(root).as_posix()] = json.loads(file.read_text("utf-8"))
    return Contract(documents)
