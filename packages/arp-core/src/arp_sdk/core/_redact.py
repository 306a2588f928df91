"""What is a secret, and how it is shown: never."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from requests.structures import CaseInsensitiveDict

from ._shown import without_secrets

REDACTED = "<redacted>"

_SECRET_NAME = re.compile(
    r"auth|token|secret|pass(word|wd|phrase)|cookie|session|signature|credential|jwt|assertion"
    r"|api[-_]?key|(^|[-_])key$",
    re.I,
)


def is_secret(name: str) -> bool:
    """Whether a header's name says that its value is a credential."""
    return _SECRET_NAME.search(name) is not None and name.lower() != "www-authenticate"


class RedactedHeaders(CaseInsensitiveDict[str]):
    """Headers whose credentials show neither when they are printed nor in a pickle."""

    def __repr__(self) -> str:
        return repr(
            {name: REDACTED if is_secret(name) else value for name, value in shown(self).items()}
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return RedactedHeaders, (public(self),)


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
