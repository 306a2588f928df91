"""Secrets, and what is shown in their place: in headers, in URLs and in bodies."""

from __future__ import annotations

import re
from collections.abc import ItemsView, Iterator, Mapping, MutableMapping
from types import MappingProxyType
from typing import Any

REDACTED = "<redacted>"

# One list for headers and for members of JSON. It hides rather too much than too little.
_SECRET_NAME = re.compile(
    r"auth(?!ors?(?![a-z])|enticate$)|token|secret|pass[-_ ]?(?:word|wd|phrase|code)|passwd|pwd"
    r"|cookie|session|signature|credential|creds|jwt|assertion|bearer|[cx]srf|otp$|^pin$|dsn$"
    r"|(?:access|account|api|client|encryption|master|private|rsa|shared|sign(?:ing)?|ssh|storage"
    r"|subscription)[-_ ]?keys?|(?:^|[-_])keys?$|connection[-_ ]?string",
    re.I,
)

# A string may lack its end, where the text was cut.
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[][{},:]|[^][{},:\s"]+|\s+', re.S)
_FIELD = re.compile(r"""([^\s&?=;"',:{}()<>[\]]+)=([^\s&;"'<>]+)""")
_USER_INFO = re.compile(r"://[^\s/\"@]+@")


def is_secret(name: str) -> bool:
    """Return whether the name of a header or of a member of JSON says that it is a credential."""
    return _SECRET_NAME.search(name) is not None


def without_secret_members(text: str) -> str:
    """Return a text, such as JSON or the beginning of it, without the values of secret members.

    All of such a value goes: lists and objects with everything in them. JSON within a string is
    read as well; so are `name=value` pairs, lines such as `name: value`, and user-info in URLs.
    The text need not be complete, nor JSON at all.
    """
    text = _USER_INFO.sub(f"://{REDACTED}@", _FIELD.sub(_without_field, text))
    shown: list[str] = []
    name, is_quoted = "", False
    hidden: _Hidden | None = None
    for piece in _PIECE.findall(text):
        if hidden is not None:
            if not hidden.ends_before(piece):
                continue
            hidden = None
        if piece == ":" and is_secret(name):
            shown.append(f': "{REDACTED}"')
            hidden = _Hidden(is_line=not is_quoted)
            name = ""
        elif piece[0] == '"':
            name, is_quoted = _decoded(piece), True
            shown.append(_without_nested(piece, name))
        else:
            shown.append(piece)
            if not piece.isspace():
                name, is_quoted = piece, False
    return "".join(shown)


class _Hidden:
    """The value of a secret member, as far as it has been read.

    Args:
        is_line: Whether the value lasts to the end of the line, as that of a bare name does.
    """

    def __init__(self, is_line: bool) -> None:
        self._is_line = is_line
        self._depth = 0
        self._begun = False

    def ends_before(self, piece: str) -> bool:
        """Read a piece; return whether it is the first one after the value."""
        if self._depth == 0:
            if piece.isspace():
                return self._begun and "\n" in piece
            if piece in ",]}" and not self._is_line:
                return True
        self._begun = True
        self._depth += (piece in "[{") - (piece in "]}" and self._depth > 0)
        return False


def _decoded(piece: str) -> str:
    import json  # takes long, and few programs show a body

    try:
        value: str = json.loads(piece, strict=False)
    except ValueError:
        # It lacks its end.
        return piece[1:].replace('\\"', '"')
    return value


def _without_nested(piece: str, value: str) -> str:
    """Return a string of JSON without the secrets of the JSON that it may hold itself."""
    if "{" not in value:
        return piece
    import json  # see above

    clean = without_secret_members(value)
    return piece if clean == value else json.dumps(clean, ensure_ascii=False)


def _without_field(match: re.Match[str]) -> str:
    return f"{match[1]}={REDACTED}" if is_secret(match[1]) else match[0]


class RedactedHeaders(MutableMapping[str, str]):
    """Headers by case-insensitive name, whose repr and pickle hold no credential."""

    __slots__ = ("_pairs",)

    def __init__(self, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        self._pairs: dict[str, tuple[str, str]]
        if isinstance(headers, RedactedHeaders):
            self._pairs = headers._pairs.copy()
        else:
            # Not by items(): urllib3 has one for each line, and several lines may have one name.
            self._pairs = {name.lower(): (name, headers[name]) for name in headers}

    def __getitem__(self, name: str) -> str:
        return self._pairs[name.lower()][1]

    def __setitem__(self, name: str, value: str) -> None:
        self._pairs[name.lower()] = name, value

    def add(self, name: str, value: str) -> None:
        """Add a line. The lines of one name are one list (RFC 9110, 5.3)."""
        key = name.lower()
        before = self._pairs.get(key)
        self._pairs[key] = name, value if before is None else f"{before[1]}, {value}"

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

    __hash__ = None  # type: ignore[assignment]  # headers can change

    def copy(self) -> RedactedHeaders:
        """Return a copy that can be changed on its own."""
        return RedactedHeaders(self)

    def __repr__(self) -> str:
        return repr(
            {name: REDACTED if is_secret(name) else value for name, value in shown(self).items()}
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return RedactedHeaders, (public(self),)


class _Items(ItemsView[str, str]):
    """A view that does not look up each name again, as the inherited one does."""

    def __init__(self, headers: RedactedHeaders) -> None:
        super().__init__(headers)
        self._pairs = headers._pairs

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs.values())


def public(headers: Mapping[str, str]) -> dict[str, str]:
    """Return a copy of the headers without credentials."""
    return {name: value for name, value in shown(headers).items() if not is_secret(name)}


def shown(headers: Mapping[str, str]) -> dict[str, str]:
    """Return a copy of the headers in which a URL has neither user-info nor query."""
    return {
        name: without_secrets(value) if name.lower() in ("location", "referer") else value
        for name, value in headers.items()
    }


class Secret:
    """A credential that neither a repr nor a pickle shows."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the credential."""
        return self._value

    def __repr__(self) -> str:
        return REDACTED

    def __reduce__(self) -> Any:
        raise TypeError("a secret cannot be pickled")


def without_secrets(url: str) -> str:
    """Return a URL as it may be shown: without user-info, query and fragment.

    It need not be valid: whatever stands before the last `@` may be a password.
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
