"""Prints what `arp_sdk` makes public as JSON. It runs in any environment that has one.

A node has a `kind` (that of an enum's member is its value), `members` by name, and, as far as its
kind has them, `parameters`, `returns`, `type` and `bases`. A type is the set of the names in it.
"""

from __future__ import annotations

import ast
import enum
import importlib
import inspect
import json
import pkgutil
import re
import sys
from types import ModuleType
from typing import Any, TypeVar

Node = dict[str, Any]
POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def module(name: str, skipped: set[str]) -> Node:
    """A module: its public names, and the modules in it."""
    found = importlib.import_module(name)
    members = {each: value(getattr(found, each)) for each in public_names(found)}
    for each in pkgutil.iter_modules(getattr(found, "__path__", ())):
        full_name = f"{name}.{each.name}"
        if not each.name.startswith("_") and full_name not in skipped:
            members[each.name] = module(full_name, skipped)
    return {"kind": "module", "members": members}


def public_names(found: ModuleType) -> list[str]:
    """Return the names that a module lists as public, or else those that it defines."""
    listed = getattr(found, "__all__", None)
    if listed is None:
        listed = [
            name
            for name, each in vars(found).items()
            if not name.startswith("_") and getattr(each, "__module__", "") == found.__name__
        ]
    # What is listed and not there is a module that nobody has imported yet.
    there = [name for name in listed if hasattr(found, name)]
    return [name for name in there if not isinstance(getattr(found, name), (ModuleType, TypeVar))]


def value(found: Any) -> Node:
    """A class, a function, or something else."""
    if isinstance(found, type) and not hasattr(found, "__origin__"):
        return class_node(found)
    if inspect.isroutine(found):
        return function(found)
    return {"kind": "value", "members": {}}


def class_node(cls: type) -> Node:
    """A class: its builtin bases, how it is constructed, and its public members."""
    bases = [base.__name__ for base in cls.__mro__[1:] if base.__module__ == "builtins"]
    node: Node = {"kind": "class", "bases": bases, "members": {}}
    if issubclass(cls, enum.Enum):
        node["kind"] = "enum"
        node["members"] = {each.name: {"kind": each.value, "members": {}} for each in cls}
        return node
    node["parameters"] = parameters(cls)
    # A member of a base counts as the class's own, unless the base is somebody else's.
    for base in reversed(cls.__mro__):
        if base.__module__.partition(".")[0] != "arp_sdk":
            continue
        if issubclass(cls, Exception) and "__init__" in vars(base):
            names = attributes(vars(base)["__init__"])
            node["members"].update({name: {"kind": "field", "members": {}} for name in names})
        node["members"].update(members(base))
    return node


def members(cls: type) -> dict[str, Node]:
    """The public methods, properties and fields that a class defines."""
    found: dict[str, Node] = {}
    types = inspect.get_annotations(cls)
    for name in (*types, *vars(cls)):
        each = vars(cls).get(name)
        if name.startswith("_"):
            continue
        if isinstance(each, property):
            hint = inspect.get_annotations(each.fget) if each.fget else {}
            found[name] = {"kind": "field", "type": names_in(hint.get("return")), "members": {}}
        elif isinstance(each, (classmethod, staticmethod)):
            found[name] = function(each.__func__)
        elif inspect.isfunction(each):
            found[name] = function(each)
        elif name in types:
            found[name] = {"kind": "field", "type": names_in(types[name]), "members": {}}
    return found


def attributes(initialiser: Any) -> list[str]:
    """The public attributes that an initialiser sets."""
    return re.findall(r"self\.([a-z]\w*) = ", inspect.getsource(initialiser))


def function(found: Any) -> Node:
    """A function or method: its parameters but for `self` and `cls`, and what it returns."""
    signature = inspect.signature(found)
    return {
        "kind": "function",
        "parameters": parameters(found),
        "returns": names_in(signature.return_annotation),
        "members": {},
    }


def parameters(found: Any) -> list[Node]:
    """The parameters of a call, in order."""
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):
        return []
    return [
        {
            "name": each.name,
            "positional": each.kind in POSITIONAL,
            "required": each.default is inspect.Parameter.empty,
            "type": names_in(each.annotation),
        }
        for each in signature.parameters.values()
        if each.name not in ("self", "cls") and each.kind not in (each.VAR_KEYWORD,)
    ] + [
        {"name": name, "positional": False, "required": False, "type": names_in(annotation)}
        for each in signature.parameters.values()
        for name, annotation in unpacked(found, str(each.annotation)).items()
    ]


def unpacked(found: Any, annotation: str) -> dict[str, Any]:
    """The keywords of a parameter such as `**options: Unpack[ClientOptions]`."""
    name = re.fullmatch(r"(?:\w+\.)*Unpack\[(\w+)\]", annotation)
    if name is None:
        return {}
    owner: Any = found
    function = owner.__init__ if isinstance(found, type) else found
    hints: dict[str, Any] = function.__globals__[name[1]].__annotations__
    return {key: getattr(hint, "__forward_arg__", hint) for key, hint in hints.items()}


def names_in(annotation: Any) -> list[str]:
    """The names in a type, written as a string or not, without what modules they come from."""
    if annotation is inspect.Parameter.empty:
        return []
    text = annotation if isinstance(annotation, str) else shown(annotation)
    text = re.sub(r"[\w.]+\.(?=\w)", "", text)
    found = {
        node.id if isinstance(node, ast.Name) else str(node.value)
        for node in ast.walk(ast.parse(text, mode="eval"))
        if isinstance(node, (ast.Name, ast.Constant))
    }
    return sorted(found)


def shown(annotation: Any) -> str:
    """A type as text, without what `Annotated` adds to it."""
    arguments = getattr(annotation, "__args__", ())
    if hasattr(annotation, "__metadata__"):
        return shown(annotation.__origin__)
    if annotation is type(None):
        return "None"
    if not arguments:
        return annotation.__name__ if isinstance(annotation, type) else str(annotation)
    inner = ", ".join("..." if each is ... else shown(each) for each in arguments)
    origin = getattr(annotation, "__origin__", None)
    # A union's name is of no interest, only what is in it.
    name = getattr(origin, "__name__", "Union")
    return f"{name}[{inner}]" if name not in ("Union", "UnionType") else f"[{inner}]"


if __name__ == "__main__":
    json.dump(module("arp_sdk", set(sys.argv[1:])), sys.stdout)
