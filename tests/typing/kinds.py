"""The public surfaces of a class and its asynchronous twin, in a form in which they are equal."""

from __future__ import annotations

import inspect
import re
from typing import Any, ForwardRef

from .public import classes

SPECIAL = {
    "__iter__": "__aiter__",
    "__next__": "__anext__",
    "__enter__": "__aenter__",
    "__exit__": "__aexit__",
}
"""Use of an asynchronous class in a statement, by that of its synchronous twin."""


def twins() -> list[tuple[type[Any], type[Any]]]:
    """Each public class with its asynchronous twin, which has `Async` before its name."""
    found: dict[str, type[Any]] = {each.name.rpartition(".")[2]: each.value for each in classes()}
    return [
        (found[name.removeprefix("Async")], value)
        for name, value in found.items()
        if name.startswith("Async")
    ]


def members(owner: type[Any]) -> dict[str, Any]:
    """The public methods and properties of a class, inherited ones too, by their plain names."""
    plain = {asynchronous: name for name, asynchronous in SPECIAL.items()}
    found: dict[str, Any] = {}
    for kind in reversed(owner.__mro__):
        if kind.__module__.startswith("arp_sdk."):
            for name, value in vars(kind).items():
                if not name.startswith("_") or name in ("__init__", *SPECIAL, *plain):
                    found[plain.get(name, name)] = value
    return found


def hints(member: Any) -> dict[str, str]:
    """The annotation of each parameter but `self`, and of `return`."""
    function: Any = member.fget if isinstance(member, property) else member
    signature = inspect.signature(function)
    found = {name: plain_hint(each.annotation) for name, each in signature.parameters.items()}
    found.pop("self", None)
    return {**found, "return": plain_hint(signature.return_annotation)}


def shape(member: Any) -> object:
    """Describe a member: a property, or a method with its parameters."""
    if isinstance(member, property):
        return property
    signature = inspect.signature(member)
    return [(each.name, each.kind, each.default) for each in signature.parameters.values()]


def plain_hint(hint: Any) -> str:
    """An annotation in words that are the same for both kinds."""
    text = hint.__forward_arg__ if isinstance(hint, ForwardRef) else hint
    text = text if isinstance(text, str) else inspect.formatannotation(text)
    text = re.sub(r"\b(?:\w+\.)+(?=\w)", "", text)
    text = re.sub(r"Awaitable\[((?:[^][]|\[[^][]*\])*)\]", r"\1", text)
    return re.sub(r"\b(Abstract)?Async(?=[A-Z])", lambda found: found[1] or "", text)


def plain_docstring(member: Any) -> str:
    """A docstring on one line, in which classes have the names of the synchronous ones."""
    return re.sub(r"\bAsync(?=[A-Z])", "", " ".join((member.__doc__ or "").split()))
