"""Keys of maps that a service sent against the contract's pattern, and that may be sent back.

A response is read liberally. What a caller passes on from it need not be better than the service.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Annotated, Any, get_args, get_origin

import msgspec

from ._constraint import OnSend
from ._decode import decode_rejected, decoder_for


class ReceivedKey(str):
    """A key that breaks the contract, and that a service sent."""

    __slots__ = ()


Fields = Mapping[type, Mapping[str, "re.Pattern[str] | None"]]
"""For each model, the fields that lead to maps with patterns: the pattern of one, or None."""


def decode_received(data: bytes, type_: Any) -> Any:
    """Read JSON that a service sent, as `decode_json` does, and note its irregular keys."""
    decode, names, search, fields = _plan(type_)
    value: Any = None
    failure: Exception | None = None
    try:
        value = decode(data)
    except (ValueError, RecursionError) as error:
        failure = error
    if failure is not None:
        value = decode_rejected(data, type_, failure)
    for name in names:
        # The pattern takes as long as decoding does, and most JSON does not even have a name.
        if name in data:
            if search(data):
                _mark(value, fields)
            break
    return value


def without_received(value: Any) -> Any:
    """Return a copy of a value without the keys that a service sent against the contract."""
    if isinstance(value, msgspec.Struct):
        names = value.__struct_fields__
        changed = {name: without_received(getattr(value, name)) for name in names}
        return msgspec.structs.replace(value, **changed)
    if isinstance(value, dict):
        kept = (each for each in value.items() if not isinstance(each[0], ReceivedKey))
        return {key: without_received(item) for key, item in kept}
    return [*map(without_received, value)] if isinstance(value, list) else value


@lru_cache(maxsize=1024)
def _plan(
    type_: Any,
) -> tuple[Callable[[bytes], Any], list[bytes], Callable[[bytes], object], Fields]:
    """Return a decoder, names of maps with patterns, their search, and fields that lead there."""
    fields: dict[type, dict[str, re.Pattern[str] | None]] = {}
    names: set[bytes] = set()
    for model in _models(type_, set()):
        hints = typing.get_type_hints(model, include_extras=True)
        for field in msgspec.structs.fields(model):
            pattern = _pattern(hints[field.name])
            if pattern is not None:
                names.add(msgspec.json.encode(field.encode_name))
            if pattern is not None or any(_models(hints[field.name], set())):
                fields.setdefault(model, {})[field.name] = pattern
    any_name = b"|".join(map(re.escape, sorted(names)))
    search = re.compile(b"(?:" + any_name + rb")\s*:\s*{").search
    return decoder_for(type_).decode, sorted(names), search, fields


def _models(type_: Any, seen: set[Any]) -> Iterator[type[msgspec.Struct]]:
    """Iterate over the models inside a type, itself included."""
    if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
        if type_ in seen:
            return
        seen.add(type_)
        yield type_
        inner: Any = typing.get_type_hints(type_).values()
    else:
        inner = (*get_args(type_), *getattr(type_, "variants", ()))
    for each in inner:
        yield from _models(each, seen)


def _pattern(type_: Any) -> re.Pattern[str] | None:
    """Return the pattern of the keys of a map, which may be optional."""
    arguments = get_args(type_)
    if get_origin(type_) is not dict:
        return next((found for each in arguments if (found := _pattern(each))), None)
    if get_origin(arguments[0]) is Annotated:
        for extra in get_args(arguments[0])[1:]:
            if isinstance(extra, OnSend) and "pattern" in extra.limits:
                return re.compile(extra.limits["pattern"])
    return None


def _mark(value: Any, fields: Fields) -> None:
    if isinstance(value, list):
        for item in value:
            _mark(item, fields)
    for name, pattern in fields.get(type(value), {}).items():
        inner = getattr(value, name)
        if pattern is None:
            _mark(inner, fields)
        elif isinstance(inner, dict) and not all(map(pattern.search, inner)):
            items = [
                (key if pattern.search(key) else ReceivedKey(key), item)
                for key, item in inner.items()
            ]
            inner.clear()
            inner.update(items)
