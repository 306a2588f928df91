"""Constraints that msgspec cannot check, for values that are sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from ._building import complete
from ._custom import Custom, decode_custom

Check = Callable[[Any], None]


class Checked(Custom):
    """The class of types whose JSON values pass checks."""

    checks: Sequence[Check]
    # The same as keywords of JSON Schema.
    keywords: Mapping[str, Any]
    # The strict twin of the type: it may refer to this one, and so is made when a value is read.
    inner: Callable[[], Any]

    def _read(self, value: Any) -> Any:
        read = msgspec.convert(value, complete(self.inner()), dec_hook=decode_custom)
        for check in self.checks:
            check(value)
        return read


def checked(
    inner: Callable[[], Any], checks: Sequence[Check], keywords: Mapping[str, Any]
) -> Checked:
    """Return a type whose values pass checks, which are these keywords of JSON Schema."""
    members = {"inner": staticmethod(inner), "checks": checks, "keywords": keywords}
    return Checked("Checked", (), members)


def multiple_of(step: float) -> Check:
    """Return the check for multiples of a decimal fraction, which is none as a binary number."""

    def check(value: Any) -> None:
        from fractions import Fraction  # takes long to import

        # The shortest decimal that is the same float is the one that was meant: 19.99 / 0.01.
        if (Fraction(repr(value)) / Fraction(repr(step))).denominator != 1:
            raise ValueError(f"Expected `float` that's a multiple of {step}")

    return check


def among(values: Sequence[Any]) -> Check:
    """Return the check for one of several JSON values."""
    allowed = {_key(value) for value in values}

    def check(value: Any) -> None:
        if _key(value) not in allowed:
            raise ValueError(f"Expected {' or '.join(map(repr, values))}, got {value!r}")

    return check


def unique_items(_: bool) -> Check:
    """Return the check for arrays without equal elements."""

    def check(value: Any) -> None:
        if isinstance(value, list) and len(set(map(_key, value))) < len(value):
            raise ValueError("Expected `array` of unique items")

    return check


CHECKS: Mapping[str, Callable[[Any], Check]] = {
    "multiple_of": multiple_of,
    "among": among,
    "unique_items": unique_items,
}
KEYWORDS = {"multiple_of": "multipleOf", "among": "enum", "unique_items": "uniqueItems"}


def _key(value: Any) -> Any:
    """Return a hashable stand-in for a JSON value: `true` is not 1, but 1.0 is."""
    if isinstance(value, dict):
        return frozenset((name, _key(member)) for name, member in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(map(_key, value))
    return (type(value), value) if isinstance(value, bool) else value
