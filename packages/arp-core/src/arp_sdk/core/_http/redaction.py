"""What is a secret, and how it is shown: never."""

from __future__ import annotations

import re
from collections.abc import ItemsView, Iterator, Mapping, MutableMapping
from types import MappingProxyType
from typing import Any

REDACTED = "<redacted>"

_SECRET_NAME = re.compile(
    r"auth|token|secret|pass(word|wd|phrase)|cookie|session|signature|credential|jwt|assertion"
    r"|api[-_]?key|(^|[-_])key$",
    re.I,
)


def is_secret(name: str) -> bool:
    """Whether a header's name says that its value is a credential."""
    return _SECRET_NAME.search(name) is not None and name.lower() != "www-authenticate"


class RedactedHeaders(MutableMapping[str, str]):
    """Headers by case-insensitive name. Credentials show neither in a repr nor in a pickle."""

    __slots__ = ("_pairs",)

    def __init__(self, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        self._pairs: dict[str, tuple[str, str]]
        if isinstance(headers, RedactedHeaders):
            self._pairs = headers._pairs.copy()
        else:
            # Not its items: those of urllib3 are lines, of which one name may have several.
            self._pairs = {name.lower(): (name, headers[name]) for name in headers}

    def __getitem__(self, name: str) -> str:
        return self._pairs[name.lower()][1]

    def __setitem__(self, name: str, value: str) -> None:
        self._pairs[name.lower()] = name, value

    def __delitem__(self, name: str) -> None:
        del self._pairs[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._pairs

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._pairs.values())

    def __len__(self) -> int:
        return len(self._pairs)

    def items(self) -> ItemsView[str, str]:
        return _Items(self)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RedactedHeaders):
            return self._pairs == other._pairs
        if not isinstance(other, Mapping):
            return NotImplemented
        mine = {name: value for name, (_, value) in self._pairs.items()}
        return mine == {str(name).lower(): value for name, value in other.items()}

    __hash__ = None  # type: ignore[assignment]  # it can change

    def copy(self) -> RedactedHeaders:
        """A copy that can be changed on its own."""
        return RedactedHeaders(self)

    def __repr__(self) -> str:
        return repr(
            {name: REDACTED if is_secret(name) else value for name, value in shown(self).items()}
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return RedactedHeaders, (public(self),)


class _Items(ItemsView[str, str]):
    """The inherited one looks each name up again."""

    def __init__(self, headers: RedactedHeaders) -> None:
        super().__init__(headers)
        self._pairs = headers._pairs

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs.values())


def public(headers: Mapping[str, str]) -> dict[str, str]:
    """A copy of the headers without any credential."""
    return {name: value for name, value in shown(headers).items() if not is_secret(name)}


def shown(headers: Mapping[str, str]) -> dict[str, str]:
    """A copy of the headers in which a URL has neither user-info nor query."""
    return {
        name: without_secrets(value) if name.lower() in ("location", "referer") else value
        for name, value in headers.items()
    }


class Secret:
    """A credential that shows neither in a repr nor in a pickle."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return REDACTED

    def __reduce__(self) -> Any:
        raise TypeError("a secret cannot be pickled")


def without_secrets(url: str) -> str:
    """The URL as it may be shown: without user-info, query and fragment.

    It need not be a valid one: whatever stands before the last `@` may be a password.
    """
    scheme, separator, rest = url.partition("://")
    if "@" in url:
        if not separator or not scheme.isalnum():
            return "<unreadable URL>"
        rest = rest.rpartition("@")[2]
    if not separator:
        scheme, rest = "", url
    for mark in "?#":
        head, found, _ = rest.partition(mark)
        rest = f"{head}?..." if found and mark == "?" else head
    return f"{scheme}{separator}{rest}"
