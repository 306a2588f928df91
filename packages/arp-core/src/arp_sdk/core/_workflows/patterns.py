"""Regular expressions of a service, searched for in steps that are counted.

`re` backtracks: a pattern of ten characters can keep it busy for years, and nothing interrupts it.
Here all ways through a pattern are followed at the same time, character by character.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable
from typing import Any

_PARSER: Any = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
# Of `re`: a pattern of strings without flags.
_UNICODE = 32

Spend = Callable[[int], None]
"""Count steps, and raise an error once they are too many."""
Node = tuple[Any, ...]
_MATCH: Node = ("match",)

_CATEGORIES: dict[str, Callable[[str], bool]] = {
    "CATEGORY_DIGIT": str.isdecimal,
    "CATEGORY_NOT_DIGIT": lambda char: not char.isdecimal(),
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_NOT_SPACE": lambda char: not char.isspace(),
    "CATEGORY_WORD": lambda char: _is_word(char),
    "CATEGORY_NOT_WORD": lambda char: not _is_word(char),
}


class BacktrackingError(ValueError):
    """A pattern has a construct that nothing but backtracking can search for."""


class Pattern:
    """A regular expression with the meaning that it has for `re`.

    Raises:
        BacktrackingError: If it has a back-reference, an atomic group or flags.
        re.error: If it is not a regular expression.
    """

    def __init__(self, text: str, spend: Spend) -> None:
        self._spend = spend
        spend(20 * len(text))
        parsed = _PARSER.parse(text)
        self._refuse(parsed.state.flags != _UNICODE, "flags")
        self._start = self._sequence(parsed, _MATCH)

    def is_in(self, text: str) -> bool:
        """Return whether any part of the text matches."""
        return self._matches(self._start, text, 0, anywhere=True)

    def _matches(self, start: Node, text: str, at: int, anywhere: bool = False) -> bool:
        waiting: list[Node] = [start]
        for position in range(at, len(text) + 1):
            if anywhere and position > at:
                waiting.append(start)
            found = self._reached(waiting, text, position)
            if found is None:
                return True
            if position == len(text) or not (found or anywhere):
                return False
            char = text[position]
            waiting = [after for _, fits, after in found if fits(char)]
        return False

    def _reached(self, nodes: Iterable[Node], text: str, position: int) -> list[Node] | None:
        """Return the nodes that wait for the next character, or None if the end was reached."""
        found: list[Node] = []
        pending, seen = list(nodes), set[int]()
        while pending:
            node = pending.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            kind = node[0]
            if kind == "match":
                return None
            if kind == "character":
                found.append(node)
            elif kind == "fork":
                pending += node[1]
            elif self._holds(node, text, position):
                pending.append(node[2])
        self._spend(5 + 5 * len(seen))
        return found

    def _holds(self, node: Node, text: str, position: int) -> bool:
        kind, what, _ = node[:3]
        if kind == "place":
            return _is_place(what, text, position)
        behind, negated = node[3], node[4]
        at = position - behind
        return (at >= 0 and self._matches(what, text, at)) is not negated

    def _sequence(self, items: Any, after: Node) -> Node:
        """Return the first node of a sequence that is followed by a node."""
        for operator, argument in reversed(list(items)):
            after = self._node(str(operator), argument, after)
        return after

    def _node(self, operator: str, argument: Any, after: Node) -> Node:
        self._spend(20)
        if operator in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            return ("character", _test(operator, argument), after)
        if operator == "AT":
            return ("place", str(argument), after)
        if operator == "BRANCH":
            return ("fork", [self._sequence(branch, after) for branch in argument[1]])
        if operator == "SUBPATTERN":
            _, added, removed, inner = argument
            self._refuse(bool(added or removed), "flags")
            return self._sequence(inner, after)
        if operator in ("MAX_REPEAT", "MIN_REPEAT"):
            return self._repeat(argument, after)
        if operator in ("ASSERT", "ASSERT_NOT"):
            direction, inner = argument
            behind = inner.getwidth()[0] if direction < 0 else 0
            what = self._sequence(inner, _MATCH)
            return ("look", what, after, behind, operator == "ASSERT_NOT")
        if operator == "FAILURE":
            return ("fork", [])
        raise BacktrackingError(f"a pattern has the construct {operator}")

    def _repeat(self, argument: Any, after: Node) -> Node:
        least, most, inner = argument
        if str(most) == "MAXREPEAT":
            ways: list[Node] = [after]
            loop: Node = ("fork", ways)
            ways.append(self._sequence(inner, loop))
            after = loop
        else:
            end = after
            for _ in range(most - least):
                after = ("fork", [end, self._sequence(inner, after)])
        for _ in range(least):
            # An empty one may be repeated any number of times.
            self._spend(20)
            after = self._sequence(inner, after)
        return after

    def _refuse(self, refused: bool, what: str) -> None:
        if refused:
            raise BacktrackingError(f"a pattern has {what}")


def _test(operator: str, argument: Any) -> Callable[[str], bool]:
    """Return the test of one character."""
    if operator == "ANY":
        return lambda char: char != "\n"
    if operator == "LITERAL":
        return chr(argument).__eq__
    if operator == "NOT_LITERAL":
        return chr(argument).__ne__
    if operator == "RANGE":
        first, last = map(chr, argument)
        return lambda char: first <= char <= last
    if operator == "CATEGORY":
        return _CATEGORIES[str(argument)]
    negated = bool(argument) and str(argument[0][0]) == "NEGATE"
    tests = [_test(str(kind), value) for kind, value in argument[negated:]]
    return lambda char: any(test(char) for test in tests) is not negated


def _is_place(name: str, text: str, position: int) -> bool:
    if name.startswith("AT_BEGINNING"):
        return position == 0
    if name == "AT_END":
        return position == len(text) or text[position:] == "\n"
    if name == "AT_END_STRING":
        return position == len(text)
    before = position > 0 and _is_word(text[position - 1])
    follows = position < len(text) and _is_word(text[position])
    return (before != follows) is (name == "AT_BOUNDARY")


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"
