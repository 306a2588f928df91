"""Compares two surfaces by the guide: it names what differs, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migration.guide import Rule, pattern
from migration.surface import Node, names_in

# A type that takes more than another is the same to those who use the other.
WIDER = {"Mapping": "dict", "MutableMapping": "dict", "Iterable": "list", "Sequence": "list"}
KNOWN_TYPES = {"Any", "None", "bool", "bytes", "dict", "float", "int", "list", "str"}


class Comparison:
    """A walk through the old surface, beside the new one.

    Attributes:
        unexplained: The differences that no rule is about.
        used: The rules that were about a difference.
    """

    def __init__(self, old: Node, new: Node, rules: list[Rule]) -> None:
        self.unexplained: set[str] = set()
        self.used: set[Rule] = set()
        self._rules = rules
        self._new = dict(_paths("arp_sdk", new))
        self._by_name = _by_name(self._new)
        self._translated: dict[str, set[str]] = {}
        self._walk("arp_sdk", old, new)

    def resolves(self, name: str) -> bool:
        """Return whether a name of the second column exists, or is a type of Python."""
        if _is_type(name):
            return True
        return any(map(pattern(name).fullmatch, self._new))

    def _walk(self, path: str, old: Node, new: Node | None) -> None:
        for name, member in old["members"].items():
            where = f"{path}.{name}"
            found = new["members"].get(name) if new else None
            if found is None or found["kind"] != member["kind"]:
                self._missing(where, member)
            else:
                self._compare(where, member, found)

    def _missing(self, path: str, old: Node) -> None:
        # A module that is gone needs no word of its own if all that was in it has one.
        is_module = old["kind"] == "module"
        rule = self._rule(path) if is_module else self._explain(path)
        if rule is None:
            self._walk(path, old if is_module else {"members": {}}, None)
            return
        for target in rule.targets(path):
            found = self._by_name.get(target)
            if found is not None and found["kind"] == old["kind"]:
                self._compare(path, old, found)
                return

    def _compare(self, path: str, old: Node, new: Node) -> None:
        self._walk(path, old, new)
        for base in old.get("bases", ()):
            if base not in new["bases"]:
                self._explain(f"{path}({base})")
        if old.get("type") and self._types(old["type"]) != self._types(new.get("type")):
            self._explain(path)
        if self._types(old.get("returns")) != self._types(new.get("returns")):
            self._explain(f"{path}()")
        fields = {name for name, each in old["members"].items() if each["kind"] == "field"}
        if "BaseException" in old.get("bases", ()):
            fields = set()
        self._parameters(path, old.get("parameters", []), new.get("parameters", []), fields)

    def _parameters(self, path: str, old: list[Node], new: list[Node], fields: set[str]) -> None:
        order = [each["name"] for each in new if each["positional"]]
        by_name = {each["name"]: each for each in new}
        if old and fields and not order and any(each["positional"] for each in old):
            self._explain(f"{path}(*)")
        for index, each in enumerate(old):
            # A parameter that is a field too was looked at as a field.
            if each["name"] in fields:
                continue
            found = by_name.get(each["name"])
            if (
                found is None
                or (found["required"] and not each["required"])
                or not self._takes(found["type"], each["type"])
                or (each["positional"] and order[index : index + 1] != [each["name"]])
            ):
                self._explain(f"{path}({each['name']}=)")

    def _takes(self, new: list[str], old: list[str]) -> bool:
        return new == ["Any"] or self._types(old) <= self._types(new)

    def _explain(self, path: str) -> Rule | None:
        rule = self._rule(path)
        if rule is None:
            self.unexplained.add(path)
        return rule

    def _rule(self, path: str) -> Rule | None:
        rule = next((rule for rule in self._rules if rule.match(path)), None)
        if rule is not None:
            self.used.add(rule)
        return rule

    def _types(self, names: list[str] | None) -> set[str]:
        """A type's names in terms of the new surface; those of type variables are left out."""
        found: set[str] = set()
        for name in names or ():
            if len(name) > 1:
                if name not in self._translated:
                    self._translated[name] = self._now(WIDER.get(name, name))
                found |= self._translated[name]
        return found

    def _now(self, name: str) -> set[str]:
        rule = next((rule for rule in self._rules if rule.match(name)), None)
        if rule is None or name in self._by_name:
            return {name}
        target = rule.targets(name)[0] if rule.now else ""
        if _is_type(target):
            return set(names_in(target))
        return {target.rpartition(".")[2]} if re.fullmatch(r"[\w.]+", target) else set()


def _is_type(name: str) -> bool:
    try:
        return {*names_in(name)} <= KNOWN_TYPES
    except SyntaxError:
        return False


def _paths(path: str, node: Node) -> Iterator[tuple[str, Node]]:
    yield path, node
    for each in node.get("parameters", ()):
        yield f"{path}({each['name']}=)", {"kind": "parameter", "members": {}}
    if node["kind"] == "function":
        yield f"{path}()", {"kind": "answer", "members": {}}
    for name, member in node["members"].items():
        yield from _paths(f"{path}.{name}", member)


def _by_name(paths: dict[str, Node]) -> dict[str, Node]:
    """The nodes by every end of their path; of several, the one least deep."""
    found: dict[str, Node] = {}
    for path in sorted(paths, key=lambda path: path.count(".")):
        name = path
        while name:
            found.setdefault(name, paths[path])
            name = name.partition(".")[2]
    return found
