"""A search for secrets, in all forms in which they could show."""

from __future__ import annotations

import base64
import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec

_DEPTH = 12


@dataclass
class Evidence:
    """The text and bytes that the SDK showed, and the places where it did."""

    items: list[tuple[str, str | bytes]] = field(default_factory=list)

    def add(self, where: str, shown: str | bytes) -> None:
        self.items.append((where, shown))

    def walk(self, where: str, root: Any) -> None:
        """Add every string that is reachable from an object by attributes and elements."""
        self.items += [(where + path, text) for path, text in _strings(root, "", set(), _DEPTH)]


def leaks(evidence: Evidence, *secrets: str) -> list[str]:
    """List the places where the secrets show, with the surrounding text."""
    found: dict[str, None] = {}
    patterns = [re.compile("|".join(map(re.escape, forms(secret)))) for secret in secrets]
    for where, shown in evidence.items:
        text = shown.decode("latin-1") if isinstance(shown, bytes) else shown
        for pattern in patterns:
            match = pattern.search(text)
            if match is not None:
                excerpt = text[max(0, match.start() - 80) : match.end() + 20]
                found[f"{where}: ...{excerpt!r}"] = None
    return list(found)


def forms(secret: str) -> list[str]:
    """Return the secret, its longer parts, URL-encoded, and in base64 at any offset."""
    parts = [part for part in re.split(r"[^0-9A-Za-z]", secret) if len(part) >= 8]
    encoded = [quote(secret, safe=""), quote_plus(secret), secret.encode().hex()]
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + secret.encode()).decode().rstrip("=")
        encoded.append(text[4 if shift else 0 : -2])
    return [secret, *parts, *encoded]


def _strings(
    value: Any, path: str, seen: set[int], depth: int
) -> Iterator[tuple[str, str | bytes]]:
    if isinstance(value, str | bytes):
        yield path, value
        return
    skipped = type | types.ModuleType | types.TracebackType | types.FunctionType
    if depth == 0 or id(value) in seen or isinstance(value, skipped):
        return
    seen.add(id(value))
    for name, inner in _parts(value):
        if isinstance(name, str):
            yield f"{path} key", name
        yield from _strings(inner, f"{path}.{name}", seen, depth - 1)


def _parts(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list | tuple | set | frozenset):
        yield from enumerate(value)
    if isinstance(value, BaseException):
        for name in ("args", "__cause__", "__context__"):
            yield name, getattr(value, name)
    if isinstance(value, msgspec.Struct):
        yield from msgspec.structs.asdict(value).items()
    yield from getattr(value, "__dict__", {}).items()
    for kind in type(value).__mro__:
        slots = getattr(kind, "__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                yield name, getattr(value, name)
