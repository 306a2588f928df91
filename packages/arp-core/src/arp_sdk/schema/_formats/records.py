"""Models as rows of a table."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timezone
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

Column = tuple[tuple[str, ...], Callable[[Any], Any]]


def records(models: Iterable[msgspec.Struct]) -> list[dict[str, Any]]:
    """Return models as flat rows, as `pandas.DataFrame` and `polars.DataFrame` take them.

    Models within models become columns such as `limits.max_steps`. Times are `datetime` in UTC,
    enums are strings. Lists and free-form JSON become JSON text. Every row has the columns of all
    models, with None for what is absent.

    Args:
        models: The models, such as the runs of `list_runs`.
    """
    rows = list(models)
    plans = {type(each): _plan(type(each)) for each in rows}
    names = {".".join(path): None for plan in plans.values() for path, _ in plan}
    return [
        {**names, **{".".join(path): _cell(each, path, read) for path, read in plans[type(each)]}}
        for each in rows
    ]


def _cell(value: Any, path: tuple[str, ...], read: Callable[[Any], Any]) -> Any:
    for name in path:
        value = getattr(value, name)
        if value is None or value is msgspec.UNSET:
            return None
    return read(value)


@lru_cache(maxsize=256)
def _plan(model: type[msgspec.Struct]) -> tuple[Column, ...]:
    """Return the columns of a model: the attributes that lead to a value, and its conversion."""
    return tuple(_columns(model, ()))


def _columns(model: type[msgspec.Struct], above: tuple[type, ...]) -> Iterator[Column]:
    for name, hint in typing.get_type_hints(model).items():
        if name not in model.__struct_fields__:
            continue
        type_ = _plain(hint)
        is_model = isinstance(type_, type) and issubclass(type_, msgspec.Struct)
        # A model within itself has no end of columns.
        if is_model and type_ not in (*above, model):
            for path, read in _columns(type_, (*above, model)):
                yield (name, *path), read
        else:
            yield (name,), _reader(type_)


def _plain(hint: Any) -> Any:
    """Return a type without constraints, None and UNSET."""
    if get_origin(hint) is Annotated:
        return _plain(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        rest = [each for each in get_args(hint) if each not in (type(None), msgspec.UnsetType)]
        return _plain(rest[0]) if len(rest) == 1 else hint
    return hint


def _reader(type_: Any) -> Callable[[Any], Any]:
    if type_ in (str, int, float, bool):
        return _itself
    if type_ is datetime:
        return _in_utc
    if isinstance(type_, type) and issubclass(type_, Enum):
        return str
    return _json


def _itself(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _in_utc(value: datetime) -> datetime:
    # One column has one time zone.
    return value.replace(tzinfo=value.tzinfo or timezone.utc).astimezone(timezone.utc)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
