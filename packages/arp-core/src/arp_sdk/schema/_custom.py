"""Types that msgspec reads with our help, such as the unions made by `one_of`."""

from __future__ import annotations

from typing import Any


class Custom(type):
    """The class of such types."""

    def __instancecheck__(cls, instance: object) -> bool:
        # msgspec checks what `_read` returned, which is valid already.
        return True

    def _read(cls, value: Any) -> Any:
        """Convert a JSON value.

        Raises:
            ValueError: If it does not fit.
        """
        raise NotImplementedError


def decode_custom(type_: Any, value: Any) -> Any:
    """Convert a JSON value to a custom type, as `dec_hook` of msgspec."""
    if not isinstance(type_, Custom):
        raise NotImplementedError(f"{type_} is not a type of the contract")
    return type_._read(value)
