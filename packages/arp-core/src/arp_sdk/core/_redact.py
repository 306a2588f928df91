"""What is a secret, and how it is shown: never."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from requests.structures import CaseInsensitiveDict

REDACTED = "<redacted>"

_SECRET_NAME = re.compile(
    r"auth|token|secret|password|passwd|cookie|session|signature|(^|[-_])key$", re.I
)


def is_secret(name: str) -> bool:
    """Whether a header's name says that its value is a credential."""
    return _SECRET_NAME.search(name) is not None and name.lower() != "www-authenticate"


class RedactedHeaders(CaseInsensitiveDict[str]):
    """Headers whose credentials do not show when they are printed."""

    def __repr__(self) -> str:
        return repr(redacted(dict(self.items())))


def redacted(headers: Mapping[str, str]) -> dict[str, str]:
    """A copy of the headers with every credential replaced."""
    return {name: REDACTED if is_secret(name) else value for name, value in headers.items()}


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
