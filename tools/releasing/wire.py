"""What changed between two contracts, seen by those who call the services.

What is sent may only become more permissive: what was valid has to stay so. What is read may only
become more definite: what a program found has to stay there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from pipeline import ir
from pipeline.load.documents import load_contract
from pipeline.read.contract import Api, Project, read_contract

from .change import Change, Step

Direction = Literal["sent", "read"]

_LOWEST = frozenset({"ge", "gt", "min_length"})
_HIGHEST = frozenset({"le", "lt", "max_length"})


def read_api(folder: Path, project: Project) -> Api:
    """Read the contract in a folder."""
    return read_contract(load_contract(folder), project)


def wire_changes(
    old: Api, new: Api, services: Iterable[str] | None = None, *, only_models: bool = False
) -> list[Change]:
    """Compare what two contracts say of some services.

    Args:
        old: The contract before.
        new: The contract after.
        services: The distributions of the services that matter; None for all.
        only_models: Whether only the models matter that the operations send and read.
    """
    comparison = _Comparison(_definitions(old), _definitions(new), only_models)
    before = {each.distribution: each for each in old.services}
    after = {each.distribution: each for each in new.services}
    for name in sorted(before.keys() | after.keys() if services is None else services):
        if name not in after:
            if name in before:
                comparison.broken(f"service {name} is gone")
        elif name not in before:
            comparison.added(f"service {name}")
        else:
            comparison.services(before[name], after[name])
    return list(dict.fromkeys(comparison.changes))


Definitions = Mapping[str, ir.Definition]


def _definitions(api: Api) -> dict[str, ir.Definition]:
    """All definitions; a shared one goes by its name, wherever it is put."""
    modules = [*api.shared, *(each.models for each in api.services if each.models is not None)]
    return {each.name: each for module in modules for each in module.definitions}


class _Comparison:
    def __init__(self, old: Definitions, new: Definitions, only_models: bool) -> None:
        self.changes: list[Change] = []
        self._silent = only_models
        self._old = old
        self._new = new
        self._seen: set[tuple[str, str, Direction]] = set()

    def broken(self, what: str) -> None:
        self._tell(Step.MAJOR, what)

    def added(self, what: str) -> None:
        self._tell(Step.MINOR, what)

    def _tell(self, step: Step, what: str) -> None:
        if not self._silent:
            self.changes.append(Change(step, what))

    def services(self, old: ir.Service, new: ir.Service) -> None:
        before = {each.id: each for each in old.operations}
        after = {each.id: each for each in new.operations}
        for name in before.keys() - after.keys():
            self.broken(f"operation {name} of {old.distribution} is gone")
        for name in after.keys() - before.keys():
            self.added(f"operation {name} of {old.distribution}")
        for name in sorted(before.keys() & after.keys()):
            self._operations(f"operation {name} of {old.distribution}", before[name], after[name])

    def _operations(self, place: str, old: ir.Operation, new: ir.Operation) -> None:
        if (old.method, old.path) != (new.method, new.path):
            self.broken(f"{place}: {old.method} {old.path} became {new.method} {new.path}")
        if new.authenticated and not old.authenticated:
            self.broken(f"{place}: demands credentials")
        elif old.authenticated and not new.authenticated:
            self.added(f"{place}: demands no credentials any more")
        self._parameters(place, old.parameters, new.parameters)
        self._bodies(f"{place}, body", old.body, new.body)
        self._answers(place, dict(old.answers), dict(new.answers))
        if old.streams != new.streams:
            self.broken(f"{place}: streamed as {old.streams} became {new.streams}")
        self._optional_types(f"{place}, event", old.events, new.events, "read")

    def _parameters(
        self, place: str, old: tuple[ir.Parameter, ...], new: tuple[ir.Parameter, ...]
    ) -> None:
        before = {(each.place, each.wire_name): each for each in old}
        after = {(each.place, each.wire_name): each for each in new}
        for key in before.keys() - after.keys():
            self.broken(f"{place}: {key[0]} parameter {key[1]} is gone")
        for key in after.keys() - before.keys():
            tell = self.broken if after[key].required else self.added
            tell(f"{place}: {key[0]} parameter {key[1]} is new")
        for key in sorted(before.keys() & after.keys()):
            where = f"{place}, {key[0]} parameter {key[1]}"
            self._demand(where, before[key].required, after[key].required, "sent")
            if before[key].explode != after[key].explode:
                self.broken(f"{where}: its elements are written differently")
            self._types(where, before[key].type, after[key].type, "sent")

    def _bodies(self, place: str, old: ir.Body | None, new: ir.Body | None) -> None:
        if old is None or new is None:
            if new is not None:
                (self.broken if new.required else self.added)(f"{place}: is new")
            elif old is not None:
                self.broken(f"{place}: is gone")
            return
        self._demand(place, old.required, new.required, "sent")
        self._types(place, old.type, new.type, "sent")

    def _answers(
        self, place: str, old: dict[int, ir.Type | None], new: dict[int, ir.Type | None]
    ) -> None:
        for status in old.keys() - new.keys():
            self.broken(f"{place}: status {status} is gone")
        for status in new.keys() - old.keys():
            self.added(f"{place}: status {status}")
        for status in sorted(old.keys() & new.keys()):
            self._optional_types(f"{place}, status {status}", old[status], new[status], "read")

    def _optional_types(
        self, place: str, old: ir.Type | None, new: ir.Type | None, direction: Direction
    ) -> None:
        if old is not None and new is not None:
            self._types(place, old, new, direction)
        elif old is not None:
            self.broken(f"{place}: has no content any more")
        elif new is not None:
            self.added(f"{place}: has content")

    def _demand(self, place: str, old: bool, new: bool, direction: Direction) -> None:
        if old == new:
            return
        word = "required" if new else "optional"
        (self.broken if new == (direction == "sent") else self.added)(f"{place}: became {word}")

    def _types(self, place: str, old: ir.Type, new: ir.Type, direction: Direction) -> None:
        old, old_limits, old_null = self._plain(old, self._old)
        new, new_limits, new_null = self._plain(new, self._new)
        if old_null != new_null:
            word = "may be null" if new_null else "may not be null any more"
            (self.broken if new_null == (direction == "read") else self.added)(f"{place}: {word}")
        self._limits(place, old_limits, new_limits, direction)
        if isinstance(old, ir.ListOf) and isinstance(new, ir.ListOf):
            self._types(f"{place}[]", old.item, new.item, direction)
        elif isinstance(old, ir.MapOf) and isinstance(new, ir.MapOf):
            self._types(f"{place}, key", old.key, new.key, direction)
            self._types(f"{place}.*", old.value, new.value, direction)
        elif isinstance(old, ir.UnionOf) and isinstance(new, ir.UnionOf):
            self._alternatives(place, old.members, new.members, direction)
        elif isinstance(old, ir.Named) and isinstance(new, ir.Named):
            self._named(place, old, new, direction)
        elif old != new:
            # Whoever sends an integer where a number or anything is taken goes on doing so.
            wider = isinstance(new, ir.Anything) or (
                old == ir.Scalar("int") and new == ir.Scalar("float")
            )
            tell = self.added if wider and direction == "sent" else self.broken
            tell(f"{place}: {_shown(old)} became {_shown(new)}")

    def _limits(
        self, place: str, old: Mapping[str, str], new: Mapping[str, str], direction: Direction
    ) -> None:
        if direction == "read":
            return
        for name in sorted(old.keys() | new.keys()):
            before, after = old.get(name), new.get(name)
            if before == after:
                continue
            tell = self.added if _is_wider(name, before, after) else self.broken
            tell(f"{place}: bound {name} of {before or 'nothing'} became {after or 'nothing'}")

    def _named(self, place: str, old: ir.Named, new: ir.Named, direction: Direction) -> None:
        if old.name != new.name:
            self.broken(f"{place}: {old.name} became {new.name}")
            return
        key = (old.name, new.name, direction)
        if key in self._seen:
            return
        self._seen.add(key)
        silent, self._silent = self._silent, False
        self._definitions(old.name, direction)
        self._silent = silent

    def _definitions(self, name: str, direction: Direction) -> None:
        before, after = self._old[name], self._new[name]
        if isinstance(before, ir.Model) and isinstance(after, ir.Model):
            self._models(before, after, direction)
        elif isinstance(before, ir.Enumeration) and isinstance(after, ir.Enumeration):
            self._enumerations(before, after)
        elif isinstance(before, ir.Choice) and isinstance(after, ir.Choice):
            if (before.discriminator, before.mapping) != (after.discriminator, after.mapping):
                self.broken(f"{name}: its alternatives are told apart differently")
            self._alternatives(name, before.variants, after.variants, direction)
        else:
            self.broken(f"{name}: {_kind(before)} became {_kind(after)}")

    def _models(self, old: ir.Model, new: ir.Model, direction: Direction) -> None:
        before = {each.wire_name: each for each in old.fields}
        after = {each.wire_name: each for each in new.fields}
        for name in before.keys() - after.keys():
            self.broken(f"{old.name}: property {name} is gone")
        for name in after.keys() - before.keys():
            tell = self.broken if after[name].required and direction == "sent" else self.added
            word = "required property" if after[name].required else "property"
            tell(f"{old.name}: {word} {name} is new, where it is {direction}")
        for name in sorted(before.keys() & after.keys()):
            place = f"{old.name}.{name}, where it is {direction}"
            self._demand(place, before[name].required, after[name].required, direction)
            self._types(place, before[name].type, after[name].type, direction)
        if old.required_any != new.required_any and direction == "sent":
            tell = self.broken if new.required_any else self.added
            tell(f"{old.name}: which of its properties must be there has changed")

    def _enumerations(self, old: ir.Enumeration, new: ir.Enumeration) -> None:
        before = {each.value for each in old.members}
        after = {each.value for each in new.members}
        for value in before - after:
            self.broken(f"{old.name}: value {value} is gone")
        for value in after - before:
            self.added(f"{old.name}: value {value}")

    def _alternatives(
        self,
        place: str,
        old: tuple[ir.Type, ...],
        new: tuple[ir.Type, ...],
        direction: Direction,
    ) -> None:
        before = {_shown(each): each for each in old}
        after = {_shown(each): each for each in new}
        for name in before.keys() - after.keys():
            self.broken(f"{place}: alternative {name} is gone")
        for name in after.keys() - before.keys():
            tell = self.broken if direction == "read" else self.added
            tell(f"{place}: alternative {name} is new, where it is {direction}")
        for name in sorted(before.keys() & after.keys()):
            self._types(f"{place}, {name}", before[name], after[name], direction)

    def _plain(
        self, type_: ir.Type, definitions: Definitions
    ) -> tuple[ir.Type, dict[str, str], bool]:
        """A type without its bounds and its null, which stand beside it; aliases are followed."""
        limits: dict[str, str] = {}
        null = False
        while True:
            if isinstance(type_, ir.Nullable):
                null, type_ = True, type_.inner
            elif isinstance(type_, ir.Limited):
                limits |= type_.limits
                type_ = type_.inner
            elif isinstance(type_, ir.Named) and isinstance(
                alias := definitions[type_.name], ir.Alias
            ):
                type_ = alias.type
            else:
                return type_, limits, null


def _is_wider(name: str, before: str | None, after: str | None) -> bool:
    """Whether a bound that changed lets all through that it let through before."""
    if after is None:
        return True
    if before is None:
        return False
    if name in _LOWEST:
        return float(after) <= float(before)
    return name in _HIGHEST and float(after) >= float(before)


def _kind(definition: ir.Definition) -> str:
    return type(definition).__name__.lower()


def _shown(type_: ir.Type) -> str:
    if isinstance(type_, ir.Scalar):
        return type_.python
    if isinstance(type_, ir.Named):
        return type_.name
    if isinstance(type_, ir.UnionOf):
        return " | ".join(map(_shown, type_.members))
    if isinstance(type_, ir.ListOf):
        return f"list[{_shown(type_.item)}]"
    if isinstance(type_, ir.MapOf):
        return f"map[{_shown(type_.value)}]"
    if isinstance(type_, (ir.Nullable, ir.Limited)):
        return _shown(type_.inner)
    return "anything"
