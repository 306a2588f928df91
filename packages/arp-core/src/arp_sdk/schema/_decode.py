from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec

from arp_sdk.errors import ArpDecodeError

from ._building import complete
from ._union import decode_union

_AT_PATH = re.compile(r"^(?P<reason>.*) - at (?:`key` in )?`(?P<path>\$[^`]*)`$", re.DOTALL)


# Bounded: a program may make up types, and each decoder holds on to one.
@lru_cache(maxsize=1024)
def decoder_for(type_: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(complete(type_), dec_hook=decode_union)


def decode_json(data: bytes | str, type_: Any) -> Any:
    """Read JSON as a type of the contract.

    Args:
        data: The JSON text.
        type_: A model, or a type made of models such as `list[ToolDefinition]`.

    Raises:
        ArpDecodeError: If the data is not JSON or does not fit the type.
    """
    try:
        return decoder_for(type_).decode(data)
    except (ValueError, RecursionError) as error:
        reason, path = explain(error)
    raise ArpDecodeError(reason, subject=type_name(type_), path=path)


def explain(error: Exception) -> tuple[str, str]:
    """What a msgspec error says, and the JSON path that it names (`$` for none)."""
    if isinstance(error, RecursionError):
        return "nested too deeply", "$"
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8: {error.reason} (byte {error.start})", "$"
    found = _AT_PATH.match(str(error))
    if found is None:
        return str(error), "$"
    return found["reason"], found["path"]


def type_name(type_: Any) -> str:
    return type_.__name__ if isinstance(type_, type) else str(type_).replace("typing.", "")
