"""The public names of the packages."""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, get_origin

PACKAGES = sorted(
    f"arp_sdk.{'.'.join(path.parent.relative_to(source).parts)}"
    for source in Path(__file__).parents[2].glob("packages/*/src/arp_sdk")
    for path in source.glob("**/__init__.py")
    if not any(part.startswith("_") for part in path.parent.relative_to(source).parts)
)


@dataclass(frozen=True)
class Public:
    """Something with a public name."""

    name: str
    value: Any


def packages() -> list[ModuleType]:
    """The packages themselves."""
    return [importlib.import_module(name) for name in PACKAGES]


def public_names() -> list[Public]:
    """All that the packages' `__all__` list."""
    return [
        Public(f"{package.__name__}.{name}", getattr(package, name))
        for package in packages()
        for name in package.__all__
    ]


def classes() -> list[Public]:
    """The public classes."""
    return [each for each in public_names() if _is_class(each.value)]


def functions() -> list[Public]:
    """The public functions, and what the public classes define: methods and properties."""
    found = [each for each in public_names() if inspect.isfunction(each.value)]
    return found + [method for each in classes() for method in methods(each)]


def methods(owner: Public) -> Iterator[Public]:
    """The public methods and properties that a class defines itself, or a base that is private."""
    found: dict[str, Any] = {}
    for kind in reversed(_written_by(owner.value)):
        found |= vars(kind)
    for name, value in found.items():
        function = _function(value)
        # Python 3.14 keeps a function of its own for the annotations of each class.
        special = name.startswith("__") and name.endswith("__") and "annotate" not in name
        public = special or not name.startswith("_")
        if function is not None and public and _is_written(owner.value, function):
            yield Public(f"{owner.name}.{name}", function)


def aliases() -> list[Public]:
    """The public names of our types that are not classes."""
    return [
        each
        for each in public_names()
        if not _is_class(each.value)
        and not inspect.isfunction(each.value)
        and not each.name.endswith("__")
        and not type(each.value).__module__.startswith("msgspec")
    ]


def _function(value: object) -> Callable[..., Any] | None:
    if isinstance(value, property):
        return value.fget
    if isinstance(value, (classmethod, staticmethod)):
        inner: Callable[..., Any] = value.__func__
        return inner
    return value if inspect.isfunction(value) else None


@functools.cache
def _written_by(owner: type) -> list[type]:
    """The class, and the bases that only it has and that have no public name of their own."""
    public = [each.value for each in public_names() if _is_class(each.value)]
    others = [base for base in owner.__mro__[1:] if base in public]
    return [
        owner,
        *(
            base
            for base in owner.__mro__[1:]
            if _is_ours(base)
            and base not in public
            and not any(issubclass(other, base) for other in others)
        ),
    ]


def _is_ours(kind: type) -> bool:
    return kind.__module__.startswith("arp_sdk.")


def _is_written(owner: type, function: Callable[..., Any]) -> bool:
    """Return whether a function was written in the file of its class, not made by a decorator."""
    files = {sys.modules[kind.__module__].__file__ for kind in _written_by(owner)}
    return function.__code__.co_filename in files


def _is_class(value: object) -> bool:
    # Python 3.10 takes `dict[str, int]` for a class.
    return inspect.isclass(value) and get_origin(value) is None
