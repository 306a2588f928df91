"""What changed in the public Python API between two source trees."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import griffe

from .change import Change, Step

# What a call or a program sees of these is another value, not an error.
_MINOR = frozenset(
    {griffe.BreakageKind.PARAMETER_CHANGED_DEFAULT, griffe.BreakageKind.RETURN_CHANGED_TYPE}
)
_NEW = frozenset(
    {
        griffe.BreakageKind.OBJECT_REMOVED,
        griffe.BreakageKind.PARAMETER_REMOVED,
        griffe.BreakageKind.PARAMETER_ADDED_REQUIRED,
        griffe.BreakageKind.PARAMETER_CHANGED_REQUIRED,
        griffe.BreakageKind.PARAMETER_CHANGED_KIND,
        griffe.BreakageKind.CLASS_REMOVED_BASE,
    }
)
_STRUCTS = ("Model", "Struct")
_ENUMERATIONS = ("Enum", "OpenEnum")


def python_changes(old: Path, new: Path, namespace: str) -> list[Change]:
    """Compare the modules of a namespace package.

    Args:
        old: The folder with the namespace package before.
        new: The folder with it after.
        namespace: Its name.
    """
    before, after = _load(old, namespace), _load(new, namespace)
    found: list[Change] = []
    for name in sorted({*before, *after}):
        if name not in after:
            found.append(Change(Step.MAJOR, f"package {name} is gone"))
        elif name not in before:
            found.append(Change(Step.MINOR, f"package {name}"))
        else:
            found += _package_changes(before[name], after[name])
    return list(dict.fromkeys(found))


def _load(source: Path, namespace: str) -> dict[str, Any]:
    if not (source / namespace).is_dir():
        return {}
    # griffe remembers no package from one call to the next: each has its own collection.
    package = griffe.load(
        namespace,
        search_paths=[source],
        extensions=griffe.load_extensions(_Structs),
        allow_inspection=False,
        resolve_aliases=True,
        resolve_external=False,
    )
    return {
        f"{namespace}.{name}": member
        for name, member in package.members.items()
        if member.is_module and not name.startswith("_")
    }


def _package_changes(old: Any, new: Any) -> Iterator[Change]:
    for name in sorted({*map(str, old.exports or ())} - {*map(str, new.exports or ())}):
        yield Change(Step.MAJOR, f"{old.canonical_path}.{name}: is not exported any more")
    for breakage in griffe.find_breaking_changes(old, new):
        # Older versions of griffe take each other value, the version's too, for a break.
        if breakage.kind.name == "ATTRIBUTE_CHANGED_VALUE":
            continue
        step = Step.MINOR if breakage.kind in _MINOR else Step.MAJOR
        yield Change(step, _explained(breakage))
    for breakage in griffe.find_breaking_changes(new, old):
        if breakage.kind in _NEW:
            yield Change(Step.MINOR, f"new or more permissive: {breakage.obj.canonical_path}")
    yield from _attribute_changes(old, new)


def _explained(breakage: griffe.Breakage) -> str:
    words = breakage.kind.value
    details = [str(each) for each in (breakage.old_value, breakage.new_value) if each is not None]
    named = breakage.kind is not griffe.BreakageKind.OBJECT_REMOVED and details
    return f"{breakage.obj.canonical_path}: {words}" + (
        f": {' -> '.join(details)}" if named else ""
    )


def _attribute_changes(old: Any, new: Any) -> Iterator[Change]:
    """What griffe leaves out: other values of enumerations, and other annotations."""
    for name, before, after in _public_pairs(old, new):
        if before.is_class and after.is_class:
            yield from _attribute_changes(before, after)
            if any(str(base).split(".")[-1] in _ENUMERATIONS for base in before.bases):
                yield from _member_changes(before, after)
        elif before.is_attribute and after.is_attribute:
            if str(before.annotation) != str(after.annotation):
                what = f"{before.annotation} became {after.annotation}"
                yield Change(Step.MINOR, f"{old.canonical_path}.{name}: its type {what}")
        elif before.is_function and after.is_function and _types(before) != _types(after):
            yield Change(Step.MINOR, f"{old.canonical_path}.{name}: its annotations changed")


def _public_pairs(old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    for name, before in old.members.items():
        after = new.members.get(name)
        if not before.is_public or after is None or name == "__init__":
            continue
        try:
            yield (
                name,
                before.final_target if before.is_alias else before,
                after.final_target if after.is_alias else after,
            )
        except griffe.AliasResolutionError:
            continue


def _member_changes(old: Any, new: Any) -> Iterator[Change]:
    for name, before in old.members.items():
        after = new.members.get(name)
        if before.is_attribute and after is not None and str(before.value) != str(after.value):
            what = f"{before.value} became {after.value}"
            yield Change(Step.MAJOR, f"{old.canonical_path}.{name}: its value {what}")


def _types(function: Any) -> list[str]:
    return [str(function.returns), *(f"{p.name}: {p.annotation}" for p in function.parameters)]


class _Structs(griffe.Extension):
    """Gives each msgspec struct the `__init__` that it has when the program runs."""

    def on_package(self, *, pkg: griffe.Module, **kwargs: Any) -> None:  # noqa: ARG002
        self._visit(pkg)

    def _visit(self, owner: griffe.Module | griffe.Class) -> None:
        for member in list(owner.members.values()):
            if isinstance(member, griffe.Class):
                if member.bases and str(member.bases[0]).split(".")[-1] in _STRUCTS:
                    member.set_member("__init__", _init(member))
                self._visit(member)
            elif isinstance(member, griffe.Module):
                self._visit(member)


def _init(struct: griffe.Class) -> griffe.Function:
    keyword_only = str(struct.keywords.get("kw_only")) == "True"
    normal = griffe.ParameterKind("positional or keyword")
    by_name = griffe.ParameterKind("keyword-only")
    parameters = [
        griffe.Parameter(
            attribute.name,
            annotation=attribute.annotation,
            kind=by_name if keyword_only else normal,
            default=attribute.value,
        )
        for attribute in struct.members.values()
        if isinstance(attribute, griffe.Attribute)
        and attribute.annotation is not None
        and "instance-attribute" in attribute.labels
    ]
    return griffe.Function(
        "__init__",
        parameters=griffe.Parameters(griffe.Parameter("self", kind=normal), *parameters),
        returns="None",
        parent=struct,
    )
