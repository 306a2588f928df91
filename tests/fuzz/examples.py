"""A complete, valid value for any type of the contract."""

from __future__ import annotations

import re
import types
import typing
from datetime import datetime, timezone
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from arp_sdk.schema import OnSend, OpenEnum

_TEXTS = ("text", "http://127.0.0.1:9/x", "com.example.key")
_PLAIN: dict[Any, Any] = {
    str: "text",
    int: 1,
    float: 1.5,
    bool: True,
    Any: {"k": [1, "ä", None, 2.5, {"deep": True}]},
    datetime: datetime(2024, 2, 29, 12, 30, 0, 250000, tzinfo=timezone.utc),
}


def example(hint: Any) -> Any:
    """Make a value of the type, with optional fields, that satisfies the contract."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _constrained(arguments[0], list(arguments[1:]))
    if origin in (Union, types.UnionType):
        return example(next(kind for kind in arguments if kind is not type(None)))
    if origin is list:
        return [example(arguments[0])]
    if origin is dict:
        return {example(arguments[0]): example(arguments[1])}
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        hints = typing.get_type_hints(hint, include_extras=True)
        return hint(**{name: example(hints[name]) for name in hint.__struct_fields__})
    if isinstance(hint, type) and issubclass(hint, OpenEnum):
        return next(iter(hint))
    return _PLAIN[hint]


def _constrained(inner: Any, extras: list[Any]) -> Any:
    patterns = [
        extra.meta.pattern
        for extra in extras
        if isinstance(extra, OnSend) and extra.meta is not None and extra.meta.pattern
    ]
    if not patterns:
        return example(inner)
    return next(text for text in _TEXTS if all(re.search(p, text) for p in patterns))
