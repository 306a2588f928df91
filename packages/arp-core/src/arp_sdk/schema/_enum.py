from __future__ import annotations

from enum import Enum
from functools import lru_cache


class OpenEnum(str, Enum):
    """A string enumeration that keeps members it does not know.

    A service that is newer than this SDK may answer with a value that is not listed. It is
    kept as it came: it equals its string and prints as it. So a `match` over the members needs a
    `case _`, even where a type checker takes the members for all there are.
    """

    @property
    def is_known(self) -> bool:
        """Whether this SDK's version of the contract lists the value."""
        return self._name_ in type(self).__members__

    def __str__(self) -> str:
        return str.__str__(self)

    # f-strings used `str.__format__` or `Enum.__format__`, depending on the Python version.
    def __format__(self, spec: str) -> str:
        return str.__format__(self, spec)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._value_!r})"

    @classmethod
    def _missing_(cls, value: object) -> OpenEnum | None:
        return _unknown_member(cls, value) if isinstance(value, str) else None


# Bounded, so that a service that invents values cannot fill the memory.
@lru_cache(maxsize=1024)
def _unknown_member(cls: type[OpenEnum], value: str) -> OpenEnum:
    member = str.__new__(cls, value)
    member._name_ = value
    member._value_ = value
    return member
