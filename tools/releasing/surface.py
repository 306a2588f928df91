"""What a tree's arp-core has: the names, arguments and members that other packages can use.

As a program it prints them, in JSON, for the arp-core that Python finds first.
"""

from __future__ import annotations

import ast
import enum
import importlib
import inspect
import json
import os
import pkgutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def surface(source: Path, modules: list[str]) -> frozenset[str]:
    """Find all symbols, in a process of its own.

    Args:
        source: The folder with the namespace package.
        modules: The packages to look into, such as `arp_sdk.core`.
    """
    command = [sys.executable, __file__, *modules]
    environment = {**os.environ, "PYTHONPATH": str(source.resolve())}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return frozenset(json.loads(done.stdout))


def _symbols(module: str) -> Iterator[str]:
    path = importlib.import_module(module).__path__
    for each in pkgutil.iter_modules(path):
        if each.ispkg and not each.name.startswith("_"):
            yield from _symbols(f"{module}.{each.name}")
    for name in importlib.import_module(module).__all__:
        value = getattr(importlib.import_module(module), name)
        symbol = f"{module}.{name}"
        yield symbol
        if inspect.isclass(value):
            yield from _calls(symbol, value, skip=0)
            yield from _members(symbol, value)
        elif inspect.isroutine(value):
            yield from _calls(symbol, value, skip=0)


def _members(symbol: str, class_: type) -> Iterator[str]:
    if issubclass(class_, enum.Enum):
        yield from (f"{symbol}.{name}" for name in ("name", "value"))
    namespace = class_.__module__.partition(".")[0]
    ours = [each for each in class_.__mro__ if each.__module__.partition(".")[0] == namespace]
    for owner in ours:
        names = {*vars(owner), *vars(owner).get("__annotations__", ()), *_set_in_methods(owner)}
        for name in sorted(names):
            if name.startswith("__") and name != "__init__":
                continue
            yield f"{symbol}.{name}"
            value = inspect.getattr_static(owner, name, None)
            if isinstance(value, staticmethod):
                yield from _calls(f"{symbol}.{name}", value.__func__, skip=0)
            elif isinstance(value, classmethod):
                yield from _calls(f"{symbol}.{name}", value.__func__, skip=1)
            elif inspect.isfunction(value):
                yield from _calls(f"{symbol}.{name}", value, skip=1)


def _calls(symbol: str, function: Any, skip: int) -> Iterator[str]:
    """The arguments that a call may have, leaving out the first ones."""
    try:
        parameters = list(inspect.signature(function).parameters.values())[skip:]
    except (TypeError, ValueError):
        return
    positional = 0
    for each in parameters:
        if each.kind is each.VAR_POSITIONAL:
            yield f"{symbol}(*)"
        elif each.kind is each.VAR_KEYWORD:
            yield f"{symbol}(**)"
        else:
            if each.kind is not each.KEYWORD_ONLY:
                positional += 1
                yield f"{symbol}(#{positional})"
            if each.kind is not each.POSITIONAL_ONLY:
                yield f"{symbol}({each.name})"


def _set_in_methods(class_: type) -> Iterator[str]:
    """The attributes that methods set on `self`."""
    try:
        source = textwrap.dedent(inspect.getsource(class_))
    except (OSError, TypeError):
        return
    for part in ast.walk(ast.parse(source)):
        match part:
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                yield name


if __name__ == "__main__":
    print(json.dumps(sorted({symbol for module in sys.argv[1:] for symbol in _symbols(module)})))
