"""Liberal reading: valid values that msgspec rejects, repaired after it did.

JSON Schema accepts `12.0` as an integer; RFC 3339 has leap seconds and any number of decimals; many
services leave the offset out of times in UTC. Values that msgspec accepts cost nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from ._building import complete
from ._custom import decode_custom

_AT_PATH = re.compile(r"^(?P<reason>.*) - at (?:`key` in )?`(?P<path>\$[^`]*)`$", re.DOTALL)
_STEP = re.compile(r"\.(?P<name>[^.\[\]]+)|\[(?P<index>[0-9]+|\.\.\.)\]")
_INSTEAD_OF_FLOAT = re.compile(r"^Expected `(?P<types>[^`]*)`, got `float`$")
_TIME = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ])?(?P<minute>[0-9]{2}:[0-9]{2}):(?P<second>[0-9]{2})"
    r"(?P<decimals>\.[0-9]+)?(?P<offset>[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
# Each repair reads the whole value again, so a hostile one must not need many.
MOST_REPAIRS = 32

Repair = Callable[[Any], Any]


def convert(value: Any, type_: Any) -> Any:
    """Convert JSON values to a type of the contract, liberally.

    Raises:
        ValueError: If they do not fit.
    """
    try:
        return msgspec.convert(value, complete(type_), dec_hook=decode_custom)
    except msgspec.ValidationError as error:
        failure = error
    return convert_repaired(value, type_, failure)


def convert_repaired(
    value: Any, type_: Any, failure: msgspec.ValidationError, repairs: int = MOST_REPAIRS
) -> Any:
    """Convert JSON values that msgspec rejected, if repairs, at most so many, make them fit.

    Raises:
        ValueError: The failure, or the one that remains after repairs.
    """
    for _ in range(repairs):
        reason, path = split_path(str(failure))
        repair = _repair(reason)
        if repair is None:
            break
        repaired = _apply(repair, value, _steps(path))
        if repaired is value:
            break
        value = repaired
        try:
            return msgspec.convert(value, complete(type_), dec_hook=decode_custom)
        except msgspec.ValidationError as error:
            failure = error
    raise failure


def is_repairable(failure: Exception) -> bool:
    """Return whether a repair may make a value fit that msgspec rejected."""
    return (
        isinstance(failure, msgspec.ValidationError)
        and _repair(split_path(str(failure))[0]) is not None
    )


def split_path(message: str) -> tuple[str, str]:
    """Split a message of msgspec into the reason and the JSON path (`$` if it has none)."""
    found = _AT_PATH.match(message)
    return (message, "$") if found is None else (found["reason"], found["path"])


def _repair(reason: str) -> Repair | None:
    found = _INSTEAD_OF_FLOAT.match(reason)
    if found is not None:
        return _as_integer if "int" in found["types"].split(" | ") else None
    if reason.startswith("Invalid RFC3339 encoded ") or reason.endswith("a timezone component"):
        return _as_time
    return None


def _as_integer(value: Any) -> Any:
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**63
    return int(value) if whole else value


def _as_time(value: Any) -> Any:
    """Return a time that Python can represent: no leap second, microseconds, an offset."""
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    second, decimals = found["second"], (found["decimals"] or "")[:7]
    if second == "60":
        second, decimals = "59", ".999999"
    offset = found["offset"] or ("Z" if found["date"] else "")
    repaired = f"{found['date'] or ''}{found['minute']}:{second}{decimals}{offset}"
    return value if repaired == value else repaired


def _steps(path: str) -> list[str | None]:
    """Return the steps of a JSON path: names of properties, and None for all elements."""
    return [found["name"] for found in _STEP.finditer(path)]


def _apply(repair: Repair, value: Any, steps: Sequence[str | None]) -> Any:
    """Return a value with repairs at a path, or the same object if there was nothing to repair.

    A failure names one element of an array; the others are repaired at the same time.
    """
    if not steps:
        return repair(value)
    step, rest = steps[0], steps[1:]
    if isinstance(value, dict):
        keys = [key for key in value if step is None or key == step]
        changes = {key: _apply(repair, value[key], rest) for key in keys}
        changed = any(changes[key] is not value[key] for key in keys)
        return {**value, **changes} if changed else value
    if isinstance(value, (list, tuple)) and step is None:
        items = [_apply(repair, item, rest) for item in value]
        changed = any(new is not old for new, old in zip(items, value, strict=True))
        return items if changed else value
    return value
