"""Stage 3: follow references lazily, and know where each piece of the contract stands.

Where a schema stands (file and JSON pointer) is its identity: what two services refer to at
the same place is one model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from referencing import Registry, Resource
from referencing.exceptions import PointerToNowhere, Unresolvable
from referencing.jsonschema import DRAFT202012

from .load import load_file
from .problem import ContractError


def _retrieve(uri: str) -> Resource[Any]:
    return DRAFT202012.create_resource(load_file(Path(unquote(urlsplit(uri).path))))


_registry: Registry[Any] = Registry(retrieve=_retrieve)  # type: ignore[call-arg]


@dataclass(frozen=True)
class Node:
    """A piece of the contract, and where it stands.

    Attributes:
        root: The contract's folder.
        uri: URI of the file.
        pointer: JSON pointer inside it.
        value: The parsed piece.
    """

    root: Path
    uri: str
    pointer: str
    value: Any = field(compare=False, hash=False)

    @classmethod
    def of_file(cls, root: Path, path: Path) -> Node:
        return cls(root, path.as_uri(), "", _open(path.as_uri()))

    @property
    def path(self) -> Path:
        return Path(unquote(urlsplit(self.uri).path))

    @property
    def in_schemas(self) -> bool:
        """Whether it stands in the contract's shared schemas, not in a service's document."""
        return self.path.is_relative_to(self.root / "schemas")

    def __str__(self) -> str:
        path = self.path
        shown = path.relative_to(self.root) if path.is_relative_to(self.root) else path
        return f"{shown}#{self.pointer}"

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def __getitem__(self, key: str | int) -> Node:
        escaped = str(key).replace("~", "~0").replace("/", "~1")
        return Node(self.root, self.uri, f"{self.pointer}/{escaped}", self.value[key])

    def get(self, key: str) -> Node | None:
        return self[key] if key in self else None  # noqa: SIM401  # this is what get is

    def items(self) -> Iterator[tuple[str, Node]]:
        """The members of an object, in their order."""
        for key in self.value:
            yield key, self[key]

    def elements(self) -> Iterator[Node]:
        """The elements of an array."""
        for index in range(len(self.value)):
            yield self[index]

    def text(self, key: str) -> str:
        """A string member, or an empty string."""
        found = self.get(key)
        return found.value if found is not None and isinstance(found.value, str) else ""

    def follow(self) -> Node:
        """The piece that a chain of bare references leads to, or this one."""
        node: Node = self
        seen: set[Node] = {node}
        while node.is_bare_reference:
            node = node.target()
            if node in seen:
                raise ContractError(self, "is a reference to itself")
            seen.add(node)
        return node

    @property
    def is_bare_reference(self) -> bool:
        """Whether it is a `$ref`, beside which only annotations stand."""
        if "$ref" not in self:
            return False
        return all(key in _BESIDE_REFERENCE or key.startswith("x-") for key in self.value)

    def target(self) -> Node:
        """What the `$ref` points to."""
        uri, fragment = urldefrag(urljoin(self.uri, self.value["$ref"]))
        pointer = unquote(fragment)
        if pointer and not pointer.startswith("/"):
            raise ContractError(self, f"anchors ({self.value['$ref']}) are not supported")
        try:
            resource = _registry.get_or_retrieve(uri).value
            found = resource.pointer(pointer, _registry.resolver(uri)).contents
        except ContractError as error:
            raise ContractError(self, f"points to nowhere: {error}") from error
        except (PointerToNowhere, Unresolvable) as error:
            cause = error.__cause__
            what = cause if isinstance(cause, ContractError) else self.value["$ref"]
            raise ContractError(self, f"points to nowhere: {what}") from error
        return Node(self.root, uri, pointer, found)


_BESIDE_REFERENCE = frozenset(
    {
        "$ref",
        "title",
        "description",
        "summary",
        "deprecated",
        "example",
        "examples",
        "nullable",
        "default",
        "readOnly",
        "writeOnly",
    }
)


def _open(uri: str) -> Any:
    return _registry.get_or_retrieve(uri).value.contents
