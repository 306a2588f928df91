from __future__ import annotations

import math
from typing import Any

import msgspec

from arp_sdk.errors import ArpValidationError

from ._building import complete
from ._custom import decode_custom, encode_custom, to_builtins
from ._decode import explain, type_name
from ._received import without_received
from ._strict import strict_decoder, strict_type

_encode = msgspec.json.Encoder(enc_hook=encode_custom).encode


def encode_json(value: Any, type_: Any, *, strict: bool = True) -> bytes:
    """Write a value of the contract as JSON.

    Args:
        value: What to write.
        type_: Its declared type, a model or a type made of models.
        strict: Whether to enforce the contract's constraints, as for a request.

    Raises:
        ArpValidationError: If the value cannot be written, or breaks the contract.
    """
    data = b""
    try:
        data = _encode(value)
        # msgspec writes NaN and Infinity as null: only then is the value worth a walk.
        # `in` tries the bytes as a number first; both it and `find` take twice as long.
        if data.rfind(b"null") >= 0:
            refuse_non_finite(value, type_name(type_))
        if strict:
            strict_decoder(type_).decode(data)
            # A ready-made part of free-form JSON may be no UTF-8, which the decoder passes over.
            if not data.isascii():
                data.decode()
        return data
    except msgspec.ValidationError as error:
        reason, path = explain(error)
        rest = _encode(without_received(value))
        if rest != data:
            check_json(rest, type_)
            return data
    except (ValueError, TypeError, RecursionError) as error:
        if isinstance(error, ArpValidationError):
            raise
        reason, path = explain(error)
    raise ArpValidationError(reason, subject=type_name(type_), path=path)


def encode_unless(known: bytes, value: Any, type_: Any) -> bytes:
    """Write a value as JSON and check it, unless it is JSON that is known to be right.

    Args:
        known: What this function has returned for the type before, or nothing.
        value: What to write.
        type_: Its declared type.

    Returns:
        The JSON; `known` itself if it is the same.

    Raises:
        ArpValidationError: If the value cannot be written, or breaks the contract.
    """
    reason, path = "", "$"
    try:
        data = _encode(value)
        if data == known:
            return known
        if data.rfind(b"null") >= 0:
            refuse_non_finite(value, type_name(type_))
        check_json(data, type_)
        return data
    except (ValueError, TypeError, RecursionError) as error:
        if isinstance(error, ArpValidationError):
            raise
        reason, path = explain(error)
    raise ArpValidationError(reason, subject=type_name(type_), path=path)


def check_json(data: bytes, type_: Any) -> None:
    """Check JSON text against its type with all constraints.

    Raises:
        ArpValidationError: If it breaks the contract.
    """
    reason, path = "", "$"
    try:
        strict_decoder(type_).decode(data)
        data.decode()
    except (ValueError, TypeError, RecursionError) as error:
        reason, path = explain(error)
    if reason:
        raise ArpValidationError(reason, subject=type_name(type_), path=path)


def check_value(value: Any, type_: Any, subject: str) -> None:
    """Check a value, such as a query parameter, against its type with all constraints.

    Raises:
        ArpValidationError: If it breaks the contract.
    """
    reason, path = "", "$"
    try:
        msgspec.convert(to_builtins(value), complete(strict_type(type_)), dec_hook=decode_custom)
    except (ValueError, TypeError, RecursionError) as error:
        reason, path = explain(error)
    if reason:
        raise ArpValidationError(reason, subject=subject, path=path)


def refuse_non_finite(value: Any, subject: str) -> None:
    """Raise ArpValidationError if a NaN or Infinity is anywhere inside the value."""
    path = _find_non_finite(to_builtins(value), "$")
    if path is not None:
        raise ArpValidationError("NaN and Infinity are not JSON", subject=subject, path=path)


def _find_non_finite(value: Any, path: str) -> str | None:
    # A stack of our own: free-form JSON may be nested deeper than Python recurses.
    pending = [(value, path)]
    while pending:
        value, path = pending.pop()
        if isinstance(value, float) and not math.isfinite(value):
            return path
        if isinstance(value, dict):
            pending += [(item, f"{path}.{key}") for key, item in value.items()]
        elif isinstance(value, (list, tuple)):
            pending += [(item, f"{path}[{index}]") for index, item in enumerate(value)]
    return None
