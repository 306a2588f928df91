"""Text from services, made harmless, and values as short text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arp_sdk.models import RunStatus

_LATEST = datetime.max.replace(tzinfo=timezone.utc)
# Controls, marks that reverse or hide text, and halves of surrogate pairs.
_HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff]"
)


def plain(text: str, *, lines: bool = False) -> str:
    """Return a text whose control characters are escaped, so that it cannot steer a terminal.

    With `lines`, it keeps line breaks and tabs.
    """
    if text.isprintable():
        return text

    def escaped(match: re.Match[str]) -> str:
        if lines and match[0] in "\n\t":
            return match[0]
        return _escape(match)

    return _HOSTILE.sub(escaped, text)


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def as_json(value: Any, *, indent: int | None = None, ascii: bool = False) -> str:
    """Return JSON text without characters that a terminal would obey.

    `indent` is the number of spaces for each level, or None for one line.
    """
    return _HOSTILE.sub(
        lambda match: "\n" if match[0] == "\n" else _escape(match),
        json.dumps(value, ensure_ascii=ascii, indent=indent),
    )


def is_harmless(text: str) -> bool:
    """Return whether no character of a text steers a terminal."""
    return all(match == "\n" for match in _HOSTILE.findall(text))


def short(value: Any) -> str:
    """Return a value of JSON for a cell of a table."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return plain(value)
    return as_json(value) if isinstance(value, (dict, list)) else str(value)


def duration(seconds: float) -> str:
    """Return seconds as `12 ms`, `3.4 s` or `2 min 5 s`."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def between(start: datetime | None, end: datetime | None) -> str:
    """Return the time between two moments, or nothing if one is unknown."""
    return "" if start is None or end is None else duration((end - start).total_seconds())


def age(time: datetime | None) -> str:
    """Return the time since a moment, or nothing if it is unknown."""
    return between(time, datetime.now(timezone.utc)) if time else ""


def latest_first(runs: Iterable[RunStatus]) -> list[RunStatus]:
    """Return runs by the time at which they started; those that have not come first."""
    # Stable: of several that have not started, the last one is the latest.
    ordered = [*runs][::-1]
    ordered.sort(key=lambda run: run.started_at or _LATEST, reverse=True)
    return ordered
