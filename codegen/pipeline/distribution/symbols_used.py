"""What a package uses of the packages that all clients share, read off its source.

A use is written as a symbol: `arp_sdk.core.Client._call` for a name or a member of a class, with
`(body)` after it for a keyword argument and `(#2)` for so many positional ones.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def symbols_used(sources: Iterable[str], packages: Iterable[str]) -> frozenset[str]:
    """Find all uses.

    Args:
        sources: The texts of the modules.
        packages: The packages whose use counts, such as `arp_sdk.core`.
    """
    wanted = frozenset(packages)
    found: set[str] = set()
    for source in sources:
        visitor = _Visitor(wanted)
        visitor.visit(ast.parse(source))
        found |= visitor.found
    return frozenset(found)


class _Visitor(ast.NodeVisitor):
    def __init__(self, packages: frozenset[str]) -> None:
        self.found: set[str] = set()
        self._packages = packages
        # What the names in sight stand for: an imported object, or an instance of it.
        self._names: dict[str, str] = {}
        self._own: frozenset[str] = frozenset()
        self._attributes: dict[str, str] = {}
        self._base = ""
        self._imported: set[str] = set()

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level or ".".join((node.module or "").split(".")[:2]) not in self._packages:
            return
        for alias in node.names:
            symbol = f"{node.module}.{alias.name}"
            self._names[alias.asname or alias.name] = symbol
            self.found.add(symbol)
            self._imported.add(symbol)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        before = self._own, self._attributes, self._base
        bases = [symbol for base in node.bases if (symbol := self._symbol(base))]
        self._base = bases[0] if bases else ""
        self._own = frozenset(_defined_in(node))
        self._attributes = self._annotated_attributes(node)
        self.generic_visit(node)
        self._own, self._attributes, self._base = before

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._visit_function(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        symbol = self._symbol(node)
        if symbol:
            self.found.add(symbol)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        symbol = self._symbol(node.func)
        if symbol:
            self.found.update(f"{symbol}({each.arg})" for each in node.keywords if each.arg)
            count = sum(not isinstance(each, ast.Starred) for each in node.args)
            if count:
                self.found.add(f"{symbol}(#{count})")
        self.generic_visit(node)

    def _visit_function(self, node: _Function) -> None:
        with self._scope(self._annotated_arguments(node)):
            self.generic_visit(node)

    @contextmanager
    def _scope(self, names: dict[str, str]) -> Iterator[None]:
        before = self._names
        self._names = {**before, **names}
        yield
        self._names = before

    def _symbol(self, node: ast.expr) -> str:
        """What an expression stands for, or an empty string for anything of no concern."""
        if isinstance(node, ast.Name):
            return self._names.get(node.id, "")
        if isinstance(node, ast.Subscript):
            return self._symbol(node.value)
        if isinstance(node, ast.Call):
            is_super = isinstance(node.func, ast.Name) and node.func.id == "super"
            return self._base if is_super else ""
        if not isinstance(node, ast.Attribute):
            return ""
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            if node.attr in self._attributes:
                return self._attributes[node.attr]
            owner = "" if node.attr in self._own else self._base
        else:
            owner = self._symbol(node.value)
        # What a member of a member is, its source does not tell.
        return f"{owner}.{node.attr}" if owner in self._imported else ""

    def _annotated_arguments(self, node: _Function) -> dict[str, str]:
        every = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        return {
            each.arg: self._symbol(each.annotation) if each.annotation else "" for each in every
        }

    def _annotated_attributes(self, node: ast.ClassDef) -> dict[str, str]:
        """The attributes that a method sets to an argument whose type is known."""
        found: dict[str, str] = {}
        for method in node.body:
            if not isinstance(method, _Function):
                continue
            arguments = self._annotated_arguments(method)
            for part in ast.walk(method):
                if isinstance(part, ast.Assign) and isinstance(part.value, ast.Name):
                    symbol = arguments.get(part.value.id, "")
                    found |= dict.fromkeys(_set_on_self(part.targets), symbol) if symbol else {}
        return found


def _set_on_self(targets: list[ast.expr]) -> Iterator[str]:
    for target in targets:
        match target:
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                yield name


def _defined_in(node: ast.ClassDef) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, _Function):
            yield part.name
        elif isinstance(part, ast.Assign):
            yield from _set_on_self(part.targets)
            yield from (each.id for each in part.targets if isinstance(each, ast.Name))
        elif isinstance(part, ast.AnnAssign):
            yield from _set_on_self([part.target])
            if isinstance(part.target, ast.Name):
                yield part.target.id
