"""Types that msgspec reads with our help, such as the unions made by `one_of`."""

from __future__ import annotations

from typing import Any

import msgspec


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

    def _write(cls, value: Any) -> Any:
        """Return an instance as what msgspec can write."""
        raise TypeError(f"{value!r} of type {cls.__name__} cannot be written")


def decode_custom(type_: Any, value: Any) -> Any:
    """Convert a JSON value to a custom type, as `dec_hook` of msgspec."""
    if not isinstance(type_, Custom):
        raise NotImplementedError(f"{type_} is not a type of the contract")
    return type_._read(value)


def encode_custom(value: Any) -> Any:
    """Return what msgspec can write for a value of a custom type, as `enc_hook` of msgspec."""
    type_ = type(value)
    if isinstance(type_, Custom):
        return type_._write(value)
    raise TypeError(f"Encoding objects of type {type_.__name__} is unsupported")


def members_of(value: Any) -> dict[str, Any]:
    """Return the members of an object by their names on the wire, without those that are absent."""
    if isinstance(value, dict):
        return value
    if isinstance(type(value), Custom):
        return encode_custom(value)  # type: ignore[no-any-return]
    return {
        field.encode_name: member
        for field in msgspec.structs.fields(value)
        if (member := getattr(value, field.name)) is not field.default or field.required
    }


def to_builtins(value: Any) -> Any:
    """Return a value of the contract as dicts, lists, strings, numbers and booleans."""
    return msgspec.to_builtins(value, str_keys=True, enc_hook=encode_custom)
