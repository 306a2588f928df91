"""Which module defines what, and in which order.

A schema that stands in the contract's `schemas/` is shared: it is defined once, in arp-core,
in a module named after its folder (or in one module, where folders need each other). One that
stands inside a service's document belongs to that service's package alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from pipeline import ir, names
from pipeline.errors import ContractError
from pipeline.load.references import Node


class Placement:
    """The definitions of a contract, by where they stand in it."""

    def __init__(
        self, namespace: str, service_modules: dict[str, str], one_module: bool = False
    ) -> None:
        self._namespace = namespace
        self._one_module = one_module
        self._service_modules = service_modules
        self._named: dict[Node, ir.Named] = {}
        self._origins: dict[ir.Named, Node] = {}
        self._definitions: dict[ir.Named, ir.Definition] = {}

    def lookup(self, node: Node) -> ir.Named | None:
        return self._named.get(node)

    def definition(self, named: ir.Named) -> ir.Definition | None:
        return self._definitions.get(named)

    def origin(self, named: ir.Named) -> Node:
        """The schema that a definition was made from."""
        return self._origins[named]

    def reserve(self, node: Node, name: str) -> ir.Named:
        """Take a name for a schema, so that it can refer to itself while it is defined."""
        named = ir.Named(name, self._module(node))
        if not name.isidentifier():
            raise ContractError(node, "makes no Python name: give it a title")
        for other, origin in self._origins.items():
            if other.name == name and self._seen_together(other.module, named.module):
                raise ContractError(node, f"the name {name} is taken by {origin}: give it a title")
        self._named[node] = named
        self._origins[named] = node
        return named

    def define(self, node: Node, definition: ir.Definition) -> None:
        self._definitions[self._named[node]] = definition

    def modules(self) -> list[ir.Module]:
        """The modules, by name."""
        by_module: dict[str, list[ir.Named]] = {}
        for named in self._definitions:
            by_module.setdefault(named.module, []).append(named)
        return [self._ordered(module, by_module[module]) for module in sorted(by_module)]

    @property
    def is_circular(self) -> bool:
        """Whether modules would import each other in a circle."""
        graph: dict[str, set[str]] = {}
        for named, definition in self._definitions.items():
            others = {other.module for other in references(definition)}
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
            raise ContractError(node, "stands neither in schemas/ nor in a service's document")
        return module

    def _seen_together(self, one: str, other: str) -> bool:
        """Whether two modules' names meet in some module: a client imports its own and shared."""
        shared = f"{self._namespace}.models"
        one, other = _package(one), _package(other)
        return one == other or shared in (one, other)

    def _ordered(self, name: str, members: list[ir.Named]) -> ir.Module:
        """Definitions in an order in which each can be evaluated, quoting what cannot wait."""
        module = ir.Module(name)
        done: set[ir.Named] = set()
        active: list[ir.Named] = []

        def visit(named: ir.Named) -> None:
            if named in done or named.module != name:
                return
            active.append(named)
            definition = self._definitions[named]
            later: set[str] = set()
            for other in references(definition):
                if not self._waits_for(other, active, ()):
                    visit(other)
                elif isinstance(definition, ir.Model):
                    later.add(other.name)
                else:
                    raise ContractError(
                        self._origins[named], "refers to itself without an object between"
                    )
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
        """Whether a definition cannot be evaluated before one that is being ordered.

        A model can, because it may quote what comes later; an alias or a choice cannot.
        """
        if named in active:
            return True
        definition = self._definitions[named]
        if isinstance(definition, ir.Model) or named in above:
            return False
        inner = (*above, named)
        return any(self._waits_for(other, active, inner) for other in references(definition))


def _package(module: str) -> str:
    return module.partition("._")[0]


def references(definition: ir.Definition) -> Iterator[ir.Named]:
    """The definitions that a definition refers to."""
    if isinstance(definition, ir.Model):
        for field in definition.fields:
            yield from names_in(field.type)
    elif isinstance(definition, ir.Alias):
        yield from names_in(definition.type)
    elif isinstance(definition, ir.Choice):
        for variant in (*definition.variants, *(variant for _, variant in definition.mapping)):
            yield from names_in(variant)


def names_in(type_: ir.Type | None) -> Iterator[ir.Named]:
    """The definitions that a type refers to."""
    if isinstance(type_, ir.Named):
        yield type_
    elif isinstance(type_, ir.ListOf):
        yield from names_in(type_.item)
    elif isinstance(type_, ir.MapOf):
        yield from names_in(type_.value)
        yield from names_in(type_.key)
    elif isinstance(type_, (ir.Nullable, ir.Limited)):
        yield from names_in(type_.inner)
    elif isinstance(type_, ir.UnionOf):
        for member in type_.members:
            yield from names_in(member)


def types_of(operation: ir.Operation) -> Iterator[ir.Type | None]:
    """The types that an operation takes and returns."""
    yield operation.result
    yield operation.events
    yield operation.body.type if operation.body else None
    for parameter in operation.parameters:
        yield parameter.type
    for _, type_ in operation.answers:
        yield type_
