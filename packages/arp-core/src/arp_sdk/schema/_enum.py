from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar

E = TypeVar("E", bound=Enum)

# Bounded, so that a service that invents values cannot fill the memory.
_LONGEST_CACHED = 100


class OpenEnum(str, Enum):
    """A string enumeration that keeps values it does not know.

    A service that is newer than this SDK may respond with a value that is not listed. Its member
    equals the string and prints as the string. So a `match` over the members needs a `case _`,
    even if a type checker considers them complete.
    """

    @property
    def is_known(self) -> bool:
        """True if this SDK's version of the contract lists the value."""
        return type(self).__members__.get(self._name_) is self

    def __str__(self) -> str:
        return str.__str__(self)

    # f-strings used `str.__format__` or `Enum.__format__`, depending on the Python version.
    def __format__(self, spec: str) -> str:
        return str.__format__(self, spec)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._value_!r})"

    @classmethod
    def _missing_(cls, value: object) -> OpenEnum | None:
        if not isinstance(value, str):
            return None
        return _cached(cls, value) if len(value) <= _LONGEST_CACHED else _unknown_member(cls, value)


class OpenIntEnum(int, Enum):
    """An integer enumeration that keeps values it does not know, as `OpenEnum` does."""

    @property
    def is_known(self) -> bool:
        """True if this SDK's version of the contract lists the value."""
        return type(self).__members__.get(self._name_) is self

    def __str__(self) -> str:
        return int.__repr__(self)

    def __format__(self, spec: str) -> str:
        return int.__format__(self, spec)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._value_!r})"

    @classmethod
    def _missing_(cls, value: object) -> OpenIntEnum | None:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return _cached(cls, value) if whole else None


def _unknown_member(cls: type[E], value: Any) -> E:
    base: Any = cls
    member: E = base._member_type_.__new__(cls, value)
    member._name_ = str(value)
    member._value_ = value
    return member


_cached = lru_cache(maxsize=1024)(_unknown_member)
