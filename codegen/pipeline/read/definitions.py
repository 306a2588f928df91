"""The definitions of a contract: the module of each, and their order in it.

A schema in the contract's `schemas/` is shared: it is defined once, in the core, in a module named
after its folder (or in one module for all, if folders depend on each other). A schema in the
document of a service belongs to the package of that service.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from graphlib import CycleError, TopologicalSorter
from typing import Any

from pipeline import ir, names
from pipeline.errors import ContractError
from pipeline.load.references import Node


class _Taken:
    """The names that a schema cannot have."""

    def __init__(self, definitions: Definitions, node: Node, package: str) -> None:
        self._of = partial(definitions.is_taken, node, package)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._of(name)


class Definitions:
    """The definitions of a contract, by the location of their schemas."""

    def __init__(
        self,
        namespace: str,
        service_modules: dict[str, str],
        clients: frozenset[str],
        one_module: bool = False,
    ) -> None:
        self._clients = clients
        self._namespace = namespace
        self._one_module = one_module
        self._service_modules = service_modules
        self._named: dict[Node, ir.Named] = {}
        self._origins: dict[ir.Named, Node] = {}
        self._packages: dict[tuple[str, str], ir.Named] = {}
        self._keys: dict[str, dict[str, str]] = {}
        self._definitions: dict[ir.Named, ir.Definition] = {}

    def lookup(self, node: Node) -> ir.Named | None:
        """Return the name that a schema has, if it has one yet."""
        return self._named.get(node)

    def definition(self, type_: ir.Type | None) -> ir.Definition | None:
        """Return the definition that a type names, if it names one and that is complete."""
        return self._definitions.get(type_) if isinstance(type_, ir.Named) else None

    def origin(self, named: ir.Named) -> Node:
        """Return the schema that a definition was made from."""
        return self._origins[named]

    def reserve(self, node: Node, *texts: str) -> ir.Named:
        """Take a name for a schema, so that it can refer to itself while it is defined.

        `texts` are its names in the contract, by preference.
        """
        module = self._module(node)
        taken = _Taken(self, node, _package(module))
        derive = partial(names.class_name, clients=self._clients)
        named = ir.Named(names.distinct(derive, taken, *filter(None, texts)), module)
        self._named[node] = named
        self._origins[named] = node
        self._packages[_package(module), named.name] = named
        return named

    def is_taken(self, node: Node, package: str, name: str) -> bool:
        """Return whether a module that has the name of a schema would have the same name twice."""
        keys = self._keys_of(node)
        if keys.get(name, node.pointer) != node.pointer:
            return True
        # A client imports its own models and the shared ones.
        shared = f"{self._namespace}.models"
        others = {_package(m) for m in self._service_modules.values()} if package == shared else ()
        return any((each, name) in self._packages for each in (package, shared, *others))

    def _keys_of(self, node: Node) -> dict[str, str]:
        """Return the locations of a document's schemas by the names that their keys give them."""
        if node.uri not in self._keys:
            document = node.library.node(node.path)
            components = document.get("components")
            schemas = components.members("schemas") if components is not None else ()
            self._keys[node.uri] = {
                names.class_name(key, self._clients): child.pointer for key, child in schemas
            }
        return self._keys[node.uri]

    @contextmanager
    def all_or_none(self) -> Iterator[None]:
        """Forget what a block defines if it raises an error."""
        tables: tuple[dict[Any, Any], ...] = (
            self._named, self._origins, self._packages, self._definitions,
        )  # fmt: skip
        sizes = tuple(map(len, tables))
        try:
            yield
        except ContractError:
            for table, size in zip(tables, sizes, strict=True):
                while len(table) > size:
                    table.popitem()
            raise

    def define(self, node: Node, definition: ir.Definition) -> None:
        """Complete the definition of a name that was reserved."""
        self._definitions[self._named[node]] = definition

    def visible_from(self, document: Node) -> set[str]:
        """Return the names that the modules of a service may import: shared ones and its own."""
        packages = {_package(self._service_modules[document.uri]), f"{self._namespace}.models"}
        return {named.name for named in self._origins if _package(named.module) in packages}

    def modules(self) -> list[ir.Module]:
        """Return the modules, sorted by name."""
        by_module: dict[str, list[ir.Named]] = {}
        for named in self._definitions:
            by_module.setdefault(named.module, []).append(named)
        return [self._ordered(module, by_module[module]) for module in sorted(by_module)]

    @property
    def is_circular(self) -> bool:
        """True if the modules would have an import cycle."""
        graph: dict[str, set[str]] = {}
        for named, definition in self._definitions.items():
            others = {other.module for other in ir.references(definition)}
            graph.setdefault(named.module, set()).update(others - {named.module})
        try:
            TopologicalSorter(graph).prepare()
        except CycleError:
            return True
        return False

    def _module(self, node: Node) -> str:
        if node.in_schemas:
            if self._one_module:
                return f"{self._namespace}.models._schemas"
            folder = node.path.relative_to(node.library.root / "schemas").parts[0]
            stem = "root" if folder.endswith(".json") else names.snake(folder)
            return f"{self._namespace}.models._{stem}"
        module = self._service_modules.get(node.uri)
        if module is None:
            raise ContractError(node, "is neither in schemas/ nor in the document of a service")
        return module

    def _ordered(self, name: str, members: list[ir.Named]) -> ir.Module:
        """Sort definitions so that each can be evaluated, and quote the references that cannot."""
        module = ir.Module(name)
        done: set[ir.Named] = set()
        active: list[ir.Named] = []

        def visit(named: ir.Named) -> None:
            if named in done or named.module != name:
                return
            active.append(named)
            definition = self._definitions[named]
            later: set[str] = set()
            for other in ir.references(definition):
                if not self._waits_for(other, active, ()):
                    visit(other)
                elif isinstance(definition, ir.Model):
                    later.add(other.name)
                else:
                    # Only a model can be named before it is defined.
                    definition = ir.without(definition, other)
            active.pop()
            done.add(named)
            module.definitions.append(definition)
            module.quoted[named.name] = frozenset(later)

        for named in sorted(members, key=lambda n: n.name):
            visit(named)
        return module

    def _waits_for(
        self, named: ir.Named, active: list[ir.Named], above: tuple[ir.Named, ...]
    ) -> bool:
        """Return whether a definition must come after one that is being sorted.

        A model may come before it, because it can quote a reference; an alias or a choice cannot.
        """
        if named in active:
            return True
        definition = self._definitions[named]
        if isinstance(definition, ir.Model) or named in above:
            return False
        inner = (*above, named)
        return any(self._waits_for(other, active, inner) for other in ir.references(definition))


def _package(module: str) -> str:
    return module.partition("._")[0]
