"""Strict twins: the types against which a request's bytes are checked before they leave.

A model ignores its `OnSend` constraints, so that answers are read liberally and fast. Its
twin, made on first use, has the same fields with the constraints in force and no tolerance
for unknown enum members. Decoding the encoded request against it checks everything in C, on
the very bytes that will be sent, whenever and however a field was assigned.
"""

from __future__ import annotations

import types
import typing
from functools import lru_cache
from typing import Annotated, Any, ForwardRef, Literal, Union, get_args, get_origin

import msgspec

from ._building import complete
from ._checks import checked
from ._constraint import OnSend
from ._custom import Custom, decode_custom
from ._enum import OpenEnum, OpenIntEnum
from ._open_type import OpenType, strict_open
from ._union import OneOf, one_of


@lru_cache(maxsize=1024)
def strict_decoder(type_: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(complete(_Twins(of_bytes=True).of(type_)), dec_hook=decode_custom)


@lru_cache(maxsize=1024)
def strict_type(type_: Any) -> Any:
    """Return the type with every `OnSend` constraint inside it in force."""
    return _Twins(of_bytes=False).of(type_)


class _Twins:
    """Twins under construction, so that a recursive model can refer to itself.

    Args:
        of_bytes: Whether they read bytes only, and so may leave free-form JSON as it is.
    """

    def __init__(self, of_bytes: bool) -> None:
        self._of_bytes = of_bytes
        self._free: Any = msgspec.Raw if of_bytes else Any
        self._done: dict[type, Any] = {}

    def of(self, type_: Any) -> Any:
        if isinstance(type_, OneOf):
            return self._union(type_)
        if isinstance(type_, OpenType):
            return strict_open(type_, strict_type)
        if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
            return self._struct(type_)
        if isinstance(type_, type) and issubclass(type_, (OpenEnum, OpenIntEnum)):
            return Literal[tuple(member.value for member in type_)]
        origin, arguments = get_origin(type_), get_args(type_)
        if origin is Annotated:
            return self._annotated(arguments[0], arguments[1:])
        if origin in (Union, types.UnionType):
            return self._any_of([self.of(argument) for argument in arguments])
        if origin in (list, dict, tuple, set):
            generic: Any = origin
            return generic[
                tuple(self._free if item is Any else self.of(item) for item in arguments)
            ]
        return type_

    def _annotated(self, type_: Any, extras: tuple[Any, ...]) -> Any:
        ours = [extra for extra in extras if isinstance(extra, OnSend)]
        metas = [extra for extra in extras if extra not in ours]
        metas += [extra.meta for extra in ours if extra.meta is not None]
        checks = [check for extra in ours for check in extra.checks]
        if checks:
            plain = _with(type_, metas)
            keywords = {name: limit for extra in ours for name, limit in extra.keywords.items()}
            return checked(lambda: strict_type(plain), checks, keywords)
        twin = self.of(type_)
        return _with(twin, metas)

    def _any_of(self, twins: list[Any]) -> Any:
        # msgspec allows a custom type to be alone, absent or null only.
        without = [twin for twin in twins if twin not in (type(None), msgspec.UnsetType)]
        if len(without) > 1 and any(isinstance(twin, Custom) for twin in without):
            one = one_of("value", *without)
            one.closed = True
            twins = [one, *(twin for twin in twins if twin not in without)]
        return Union[tuple(twins)]  # noqa: UP007

    def _union(self, union: OneOf) -> OneOf:
        # The variants become twins when one is read: they may hold this very union.
        strict = one_of(
            union.__name__,
            *union.variants,
            discriminator=union.discriminator,
            mapping=union.mapping,
            tags=union.tags,
        )
        strict.read_as = strict_type
        strict.closed = True
        return strict

    def _struct(self, model: type[msgspec.Struct]) -> Any:
        if model in self._done:
            return self._done[model]
        # msgspec resolves the reference in this module's globals, once the twin is complete.
        alias = f"{model.__module__}.{model.__qualname__}.{self._of_bytes}".replace(".", "_")
        self._done[model] = ForwardRef(alias)
        hints = typing.get_type_hints(model, include_extras=True)
        fields = msgspec.structs.fields(model)
        twin = msgspec.defstruct(
            model.__name__,
            [(field.name, self.of(hints[field.name]), *_default(field)) for field in fields],
            kw_only=True,
            module=__name__,
            namespace=_requirements(model),
            forbid_unknown_fields=True,
            rename={field.name: field.encode_name for field in fields},
            # Made to be dropped at once: the garbage collector need not look at it.
            gc=False,
        )
        globals()[alias] = self._done[model] = twin
        return twin


def _with(type_: Any, metas: list[Any]) -> Any:
    for meta in metas:
        type_ = Annotated[type_, meta]
    return type_


def _default(field: msgspec.structs.FieldInfo) -> tuple[Any, ...]:
    return () if field.required else (field.default,)


def _requirements(model: type[msgspec.Struct]) -> dict[str, Any]:
    wanted: tuple[tuple[str, ...], ...] = getattr(model, "__required_any__", ())
    excluded: tuple[tuple[str, ...], ...] = getattr(model, "__excluded__", ())
    if not wanted and not excluded:
        return {}

    def check(self: Any) -> None:
        if wanted and not any(_is_complete(self, group) for group in wanted):
            raise ValueError(f"needs {' or '.join(map(_joined, wanted))}")
        for group in excluded:
            if _is_complete(self, group):
                raise ValueError(f"cannot have {_joined(group)}")

    return {"__post_init__": check}


def _joined(group: tuple[str, ...]) -> str:
    return " and ".join(f"`{name}`" for name in group)


def _is_complete(twin: Any, group: tuple[str, ...]) -> bool:
    return all(_is_present(twin, name) for name in group)


def _is_present(twin: Any, name: str) -> bool:
    value = getattr(twin, name)
    if value is not None:
        return value is not msgspec.UNSET
    # For a property that may be null, absent is UNSET.
    return any(
        field.default is msgspec.UNSET
        for field in msgspec.structs.fields(twin)
        if field.name == name
    )
