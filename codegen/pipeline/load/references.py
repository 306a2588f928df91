"""The pieces of a contract with their locations, and the references between them.

The location of a schema (file and JSON pointer) is its identity: two services that refer to the
same location share one model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from pipeline.errors import ContractError

from .documents import Contract, escaped, load_file
from .keywords import is_annotation, is_foreign
from .overlays import check_overlays, overlaid


class Library:
    """The files of a contract, each read once, when something refers to it."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.root = contract.root
        self._files: dict[str, Any] = {}
        self.faults: list[tuple[Node, ContractError]] = []
        self._targets: dict[tuple[str, str], Node] = {}
        self._checked = {path.as_uri() for path in contract.schemas}
        self._checked |= {path.as_uri() for path in contract.documents.values()}
        self._uri_of_id: dict[str, str] = {}
        self._id_of_uri: dict[str, str] = {}
        check_overlays(contract.overlays, list(contract.documents.values()))
        for path in contract.schemas:
            self._note_id(path.as_uri())

    def node(self, path: Path) -> Node:
        """Return the content of a file as a node."""
        return Node(self, path.as_uri(), "", self.open(path.as_uri()))

    def open(self, uri: str) -> Any:
        """Return the parsed content of a file."""
        if uri not in self._files:
            path = path_of(uri)
            content = load_file(path, self.root)
            self._files[uri] = overlaid(content, path, self.contract.overlays)
        return self._files[uri]

    def is_old(self, uri: str) -> bool:
        """Return whether a file is OpenAPI 3.0, which ignores what is next to a reference."""
        content = self.open(uri)
        return isinstance(content, dict) and str(content.get("openapi", "")).startswith("3.0.")

    def is_checked(self, uri: str) -> bool:
        """Return whether a file was validated as a whole, not only reached by a reference."""
        return uri in self._checked

    def target(self, owner: Node, reference: str) -> Node:
        """Return the piece that a reference in a file points to."""
        known = self._targets.get((owner.uri, reference))
        if known is None:
            known = self._targets[owner.uri, reference] = self._find(owner, reference)
        return known

    def _find(self, owner: Node, reference: str) -> Node:
        uri, pointer = self._locate(owner.uri, reference)
        if not self.contains(uri):
            what = f"points to nowhere: {reference} is not a file of the contract"
            raise ContractError(owner, what)
        if pointer and not pointer.startswith("/"):
            raise ContractError(owner, f"anchors ({reference}) are not supported")
        try:
            value = self.open(uri)
            for key in pointer.split("/")[1:]:
                key = key.replace("~1", "/").replace("~0", "~")
                value = value[int(key) if isinstance(value, list) else key]
        except ContractError as error:
            raise ContractError(owner, f"points to nowhere: {error}") from error
        except (LookupError, TypeError, ValueError) as error:
            raise ContractError(owner, f"points to nowhere: {reference}") from error
        return Node(self, uri, pointer, value)

    def _locate(self, uri: str, reference: str) -> tuple[str, str]:
        """Return the URI and the fragment that a reference in a file points to."""
        base = self._id_of_uri.get(uri, uri)
        target, fragment = urldefrag(urljoin(base, reference))
        return self._uri_of_id.get(target, target), unquote(fragment)

    def contains(self, uri: str) -> bool:
        """Return whether a file belongs to the contract."""
        return uri.startswith("file:") and path_of(uri).is_relative_to(self.root)

    def _note_id(self, uri: str) -> None:
        content = self.open(uri)
        id_ = content.get("$id") if isinstance(content, dict) else None
        if not isinstance(id_, str):
            return
        absolute = urldefrag(urljoin(uri, id_))[0]
        if absolute in self._uri_of_id:
            there = Node(self, self._uri_of_id[absolute], "", None)
            raise ContractError(Node(self, uri, "/$id", id_), f"is also the `$id` of {there}")
        self._uri_of_id[absolute] = uri
        self._id_of_uri[uri] = absolute


def path_of(uri: str) -> Path:
    return Path(unquote(urlsplit(uri).path))


@dataclass(unsafe_hash=True, slots=True)
class Node:
    """A piece of the contract, and its location."""

    library: Library = field(compare=False, hash=False, repr=False)
    uri: str
    pointer: str
    value: Any = field(compare=False, hash=False)

    @property
    def path(self) -> Path:
        return path_of(self.uri)

    @property
    def in_schemas(self) -> bool:
        """True if it is in the shared schemas, not in a service's document."""
        return self.path.is_relative_to(self.library.root / "schemas")

    def __str__(self) -> str:
        path, root = self.path, self.library.root
        shown = path.relative_to(root) if path.is_relative_to(root) else path
        return f"{shown}#{self.pointer}"

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def __getitem__(self, key: str | int) -> Node:
        try:
            value = self.value[key]
        except (KeyError, IndexError, TypeError):
            raise ContractError(self, f"needs `{key}`") from None
        return Node(self.library, self.uri, f"{self.pointer}/{escaped(key)}", value)

    def get(self, key: str) -> Node | None:
        """Return a member, or None if it is absent."""
        return self[key] if key in self else None  # noqa: SIM401  # `get` is defined here

    def items(self) -> Iterator[tuple[str, Node]]:
        """Iterate over the members of an object, in their order."""
        if not isinstance(self.value, dict):
            raise ContractError(self, "must be an object")
        for key in self.value:
            yield key, self[key]

    def members(self, key: str) -> Iterator[tuple[str, Node]]:
        """Iterate over the members of the object under a key, none if the key is absent."""
        found = self.get(key)
        return found.items() if found is not None else iter(())

    def elements(self, key: str) -> list[Node]:
        """Return the elements of the array under a key, none if the key is absent."""
        found = self.get(key)
        if found is None:
            return []
        if not isinstance(found.value, list):
            raise ContractError(found, "must be an array")
        return [found[index] for index in range(len(found.value))]

    def text(self, key: str) -> str:
        """Return a string member, or an empty string if it is absent."""
        found = self.get(key)
        if found is None:
            return ""
        if not isinstance(found.value, str):
            raise ContractError(found, "must be a string")
        return found.value

    def flag(self, key: str, default: bool = False) -> bool:
        """Return a boolean member, or the default if it is absent."""
        found = self.get(key)
        if found is None:
            return default
        if not isinstance(found.value, bool):
            raise ContractError(found, "must be true or false")
        return found.value

    def expect_only(self, known: frozenset[str]) -> None:
        """Reject members that the pipeline does not understand here."""
        for key, child in self.items():
            if key not in known and not is_annotation(key):
                raise ContractError(child, f"`{key}` is not supported")

    def expect_valid(self) -> None:
        """Raise the error that validation found in this piece, if there was one."""
        for where, error in self.library.faults:
            if where.uri == self.uri and f"{where.pointer}/".startswith(f"{self.pointer}/"):
                raise error

    def expect_keywords(self, known: frozenset[str], context: str) -> None:
        """Reject keywords of a schema that the pipeline does not understand here."""
        for key, child in self.items():
            if key not in known and not is_annotation(key) and not is_foreign(key):
                raise ContractError(child, f"`{key}` {context} is not supported")

    def with_value(self, value: Any) -> Node:
        """Return another value with this location."""
        return Node(self.library, self.uri, self.pointer, value)

    def chain(self) -> list[Node]:
        """Return this piece, and each piece that bare references lead to from it, in order."""
        nodes: list[Node] = [self]
        while nodes[-1].is_bare_reference:
            target = nodes[-1].target()
            target.expect_valid()
            if target in nodes:
                raise ContractError(self, "is a reference to itself")
            nodes.append(target)
        if "$ref" in nodes[-1]:
            # Since JSON Schema 2019-09, what is next to a reference applies too.
            value = dict(nodes[-1].value)
            nodes[-1] = nodes[-1].with_value({"allOf": [{"$ref": value.pop("$ref")}], **value})
        return nodes

    def follow(self) -> Node:
        """Return the piece that a chain of bare references leads to, or this one."""
        return self.chain()[-1]

    @property
    def is_bare_reference(self) -> bool:
        """True if it is a `$ref`, with nothing but annotations next to it."""
        if "$ref" not in self:
            return False
        alone = all(key in ("$ref", "nullable") or is_annotation(key) for key in self.value)
        return alone or self.library.is_old(self.uri)

    def target(self) -> Node:
        """Return the piece that the `$ref` points to."""
        return self.library.target(self, self.text("$ref"))
