"""The messages of the errors that the packages raise, read from their source.

A message is the text that a call such as `ArpConfigError(...)` is given, followed back through
variables, arguments and functions to what is written in the source. Values are shown as `...`.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

_ERRORS = re.compile(r"Arp\w+(Error|Failed)|Failure|CertificateFileError")
_MESSAGES = ("message", "reason")

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Messages:
    """The messages in a group of modules."""

    def __init__(self, paths: list[Path]) -> None:
        self._functions: dict[str, list[tuple[Path, Function]]] = {}
        self._calls: dict[str, list[tuple[Path, ast.Call]]] = {}
        self._constants: dict[str, ast.expr] = {}
        self._around: dict[ast.AST, Function] = {}
        for path in paths:
            self._enter(path, ast.parse(path.read_text(encoding="utf-8")), None)

    def _enter(self, path: Path, node: ast.AST, function: Function | None) -> None:
        if function is not None:
            self._around[node] = function
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            self._constants.setdefault(node.targets[0].id, node.value)
        if isinstance(node, ast.Call):
            self._calls.setdefault(_name(node.func), []).append((path, node))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self._functions.setdefault(node.name, []).append((path, node))
            function = node
        for child in ast.iter_child_nodes(node):
            self._enter(path, child, function)

    def find(self) -> Iterator[tuple[str, str, int]]:
        """Yield each message with its file and line."""
        for name, calls in self._calls.items():
            if _ERRORS.fullmatch(name):
                place = 1 if name in ("Failure", "ArpApiError") else 0
                for path, call in calls:
                    for text in self._given(call, place, _MESSAGES, path, ()):
                        yield text, path.name, call.lineno

    def _given(
        self,
        call: ast.Call,
        place: int,
        names: tuple[str, ...],
        path: Path,
        seen: tuple[object, ...],
    ) -> Iterator[str]:
        for number, value in enumerate(call.args):
            if number == place and not isinstance(value, ast.Starred):
                yield from self._texts(value, path, seen)
        for keyword in call.keywords:
            if keyword.arg in names:
                yield from self._texts(keyword.value, path, seen)

    def _texts(self, value: ast.expr, path: Path, seen: tuple[object, ...]) -> Iterator[str]:
        function = self._around.get(value)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            # A variable is set to an empty text before the one that it gets later.
            if value.value:
                yield value.value
        elif isinstance(value, (ast.JoinedStr, ast.BinOp)):
            sides = [] if isinstance(value, ast.JoinedStr) else [value.left, value.right]
            parts = value.values if isinstance(value, ast.JoinedStr) else sides
            texts = [list(self._parts(part, path, seen)) for part in parts]
            for found in itertools.islice(itertools.product(*texts), 100):
                yield "".join(found)
        elif isinstance(value, (ast.IfExp, ast.BoolOp)):
            parts = value.values if isinstance(value, ast.BoolOp) else [value.body, value.orelse]
            for each in parts:
                yield from self._texts(each, path, seen)
        elif isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name):
            table = self._constants.get(value.value.id)
            for each in table.values if isinstance(table, ast.Dict) else ():
                yield from self._texts(each, path, seen)
        elif isinstance(value, (ast.Name, ast.Call)) and len(seen) < 8:
            mark = (path, function, ast.dump(value))
            if mark not in seen:
                yield from self._followed(value, path, (*seen, mark))

    def _parts(self, part: ast.expr, path: Path, seen: tuple[object, ...]) -> Iterator[str]:
        """Yield the texts that a part of an f-string or a sum may have."""
        value = part.value if isinstance(part, ast.FormattedValue) else part
        followed = not isinstance(value, ast.Call) or isinstance(value.func, ast.Name)
        found = list(self._texts(value, path, seen)) if followed else []
        yield from found or ["..."]

    def _followed(
        self, value: ast.Name | ast.Call, path: Path, seen: tuple[object, ...]
    ) -> Iterator[str]:
        if isinstance(value, ast.Call):
            for where, called in self._functions.get(_name(value.func), ()):
                for node in ast.walk(called):
                    if isinstance(node, ast.Return) and node.value is not None:
                        first = node.value
                        first = first.elts[0] if isinstance(first, ast.Tuple) else first
                        yield from self._texts(first, where, seen)
            return
        function = self._around.get(value)
        if function is None or not (found := list(_assigned(function, value.id))):
            if function is not None and value.id in _parameters(function):
                yield from self._arguments(function, value.id, path, seen)
            elif value.id in self._constants:
                yield from self._texts(self._constants[value.id], path, seen)
            return
        for each in found:
            yield from self._texts(each, path, seen)

    def _arguments(
        self, function: Function, name: str, path: Path, seen: tuple[object, ...]
    ) -> Iterator[str]:
        named = [each for each in _parameters(function) if each not in ("self", "cls")]
        # A private function is called in its module.
        for where, call in self._calls.get(function.name, ()):
            if where == path or not function.name.startswith("_"):
                yield from self._given(call, named.index(name), (name,), where, seen)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _parameters(function: Function) -> list[str]:
    arguments = function.args
    return [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def _assigned(function: Function, name: str) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)):
            targets = [node.target]
        value = getattr(node, "value", None)
        for target in targets:
            if isinstance(target, ast.Name) and target.id == name and value is not None:
                yield value
            elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                for one, its in zip(target.elts, value.elts, strict=False):
                    if isinstance(one, ast.Name) and one.id == name:
                        yield its
            elif isinstance(target, ast.Tuple) and isinstance(value, ast.Call):
                first = target.elts[0]
                if isinstance(first, ast.Name) and first.id == name:
                    yield value
