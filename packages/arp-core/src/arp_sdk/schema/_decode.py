from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec

from arp_sdk.errors import ArpDecodeError

from ._building import complete
from ._custom import decode_custom
from ._liberal import MOST_REPAIRS, convert_repaired, is_repairable, split_path

_LONE_SURROGATE = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])")
_SMALL = 1024 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


# Bounded: a program may make up types, and each decoder holds on to one.
@lru_cache(maxsize=1024)
def decoder_for(type_: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(complete(type_), dec_hook=decode_custom)


def decode_json(data: bytes | str, type_: Any) -> Any:
    """Read JSON as a type of the contract.

    Args:
        data: The JSON text.
        type_: A model, or a type made of models such as `list[ToolDefinition]`.

    Raises:
        ArpDecodeError: If the data is not JSON or does not fit the type.
    """
    failure: Exception
    try:
        return decoder_for(type_).decode(data)
    except (ValueError, RecursionError) as error:
        failure = error
    return decode_rejected(data, type_, failure)


def decode_rejected(data: bytes | str, type_: Any, failure: Exception) -> Any:
    """Read JSON liberally that the decoder of a type has rejected, or explain its failure."""
    try:
        return _decode_liberally(data, type_, failure)
    except (ValueError, RecursionError) as error:
        reason, path = explain(error)
    if reason == "Input data was truncated" and _has_lone_surrogate(_as_bytes(data)):
        reason = "JSON has a lone surrogate, which is not a character"
    raise ArpDecodeError(reason, subject=type_name(type_), path=path)


def _decode_liberally(data: bytes | str, type_: Any, failure: Exception) -> Any:
    """Read JSON that msgspec rejected, or raise its failure again."""
    if isinstance(failure, msgspec.ValidationError) and is_repairable(failure):
        # Each repair reads the whole value again: a large one must not need many.
        repairs = max(1, min(MOST_REPAIRS, MOST_REPAIRS * _SMALL // (len(data) + 1)))
        return convert_repaired(msgspec.json.decode(data), type_, failure, repairs)
    content = _as_bytes(data)
    if content.startswith(_BYTE_ORDER_MARK):
        # A receiver may ignore it (RFC 8259, 8.1).
        return decode_json(content[len(_BYTE_ORDER_MARK) :], type_)
    raise failure


def _has_lone_surrogate(data: bytes) -> bool:
    # Piece by piece, as a search holds Python's lock; a pair has 12 bytes.
    return any(
        (found := _LONE_SURROGATE.search(data, start, start + _SMALL + 12)) is not None
        and found.start() < start + _SMALL
        for start in range(0, len(data), _SMALL)
    )


def _as_bytes(data: bytes | str) -> bytes:
    return data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data


def explain(error: Exception) -> tuple[str, str]:
    """Return the reason and the JSON path of a failure (`$` if it names none)."""
    if isinstance(error, RecursionError):
        return "nested too deeply", "$"
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8: {error.reason} (byte {error.start})", "$"
    return split_path(str(error))


def type_name(type_: Any) -> str:
    return type_.__name__ if isinstance(type_, type) else str(type_).replace("typing.", "")
