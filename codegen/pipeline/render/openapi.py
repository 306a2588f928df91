"""The documents of a contract in one piece each, as a server publishes them."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from pipeline import names
from pipeline.errors import ContractError
from pipeline.load.references import Library, Node
from pipeline.read.schema_kinds import reference_in_mapping

_VERSION = "3.1.0"
_IN_SCHEMAS = frozenset({"schema", "itemSchema", "x-item-schema"})
# References to these become references to components.
_DROPPED = frozenset({"$id", "$schema", "$defs", "definitions", "$comment", "nullable"})
_VALUES = frozenset({"enum", "const", "default", "example", "examples", "required"})
_BY_NAME = frozenset({"properties", "patternProperties"})
_LIMITS = (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum"))


def bundles(library: Library) -> dict[str, str]:
    """Return each document in one piece, as JSON, by the service's name in the file name.

    They are OpenAPI 3.1, whose schemas are JSON Schemas, as those of the contract's files are.
    """
    made: dict[str, str] = {}
    for slug, path in library.contract.documents.items():
        document = _Bundle(library.node(path)).document()
        # Without white space: each client's installation has it.
        made[slug] = json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"
    return made


class _Bundle:
    """A document under construction."""

    def __init__(self, root: Node) -> None:
        self._root = root
        self._names: dict[Node, str] = {}
        self._schemas: dict[str, Any] = {}
        self._pending: list[tuple[str, Node]] = []
        for key, node in self._components():
            # A component that refers to a file stands for what is in the file.
            target = node
            with suppress(ContractError):
                target = node.follow()
            self._names.setdefault(target, key)
            self._pending.append((key, target))

    def document(self) -> dict[str, Any]:
        made: dict[str, Any] = self._plain(self._root)
        while self._pending:
            name, node = self._pending.pop(0)
            self._schemas[name] = self._schema(node)
        made["openapi"] = _VERSION
        if self._schemas:
            made.setdefault("components", {})["schemas"] = self._schemas
        return made

    def _components(self) -> list[tuple[str, Node]]:
        if "components" not in self._root:
            return []
        return list(self._root["components"].members("schemas"))

    def _plain(self, node: Node) -> Any:
        """Copy a piece that is not a schema. References to other files are replaced."""
        if isinstance(node.value, list):
            return [self._plain(node[index]) for index in range(len(node.value))]
        if not isinstance(node.value, dict):
            return node.value
        if "$ref" in node and isinstance(node.value["$ref"], str):
            # With --partial, a reference may point to nowhere.
            with suppress(ContractError):
                target = node.target()
                return node.value if target.uri == self._root.uri else self._plain(target)
            return node.value
        is_components = node.pointer == "/components"
        return {
            key: child.value
            if key in ("example", "examples")
            else self._schema(child)
            if key in _IN_SCHEMAS
            else self._plain(child)
            for key, child in node.items()
            if not (is_components and key == "schemas")
        }

    def _schema(self, node: Node) -> Any:
        if isinstance(node.value, list):
            return [self._schema(node[index]) for index in range(len(node.value))]
        if not isinstance(node.value, dict):
            return node.value
        made: dict[str, Any] = {}
        for key, child in node.items():
            if key == "$ref":
                made[key] = child.value
                with suppress(ContractError):
                    made[key] = f"#/components/schemas/{self._name(node.target().follow())}"
            elif key in _BY_NAME:
                made[key] = {name: self._schema(each) for name, each in child.items()}
            elif key in _VALUES:
                made[key] = child.value
            elif key == "discriminator":
                made[key] = self._discriminator(child)
            elif key not in _DROPPED:
                made[key] = self._schema(child)
        for exclusive, inclusive in _LIMITS:
            # OpenAPI 3.0 has a flag where JSON Schema has the limit itself.
            if isinstance(made.get(exclusive), bool) and made.pop(exclusive):
                made[exclusive] = made.pop(inclusive)
        return _with_null(made) if node.value.get("nullable") is True else made

    def _discriminator(self, node: Node) -> Any:
        if "mapping" not in node:
            return node.value
        mapping = {
            value: self._schema(target.with_value({"$ref": reference_in_mapping(target)}))["$ref"]
            for value, target in node["mapping"].items()
        }
        return {**node.value, "mapping": mapping}

    def _name(self, target: Node) -> str:
        """Return the name of a component, which becomes one if it was none."""
        if target not in self._names:
            stem = target.pointer.rpartition("/")[2] or target.path.name.partition(".")[0]
            base = names.pascal(target.text("title") or stem) or "Schema"
            taken = {*self._names.values(), *(key for key, _ in self._components())}
            name, number = base, 2
            while name in taken:
                name, number = f"{base}{number}", number + 1
            self._names[target] = name
            self._pending.append((name, target))
        return self._names[target]


def _with_null(schema: dict[str, Any]) -> dict[str, Any]:
    if isinstance(schema.get("type"), str) and "enum" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}
