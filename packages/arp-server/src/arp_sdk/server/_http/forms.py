"""Queries and forms: the values of parameters and properties, from text. No I/O."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Union, get_args, get_origin
from urllib.parse import parse_qs

import msgspec

from arp_sdk.core import Operation, Parameter
from arp_sdk.core._call.body import FORM
from arp_sdk.schema import Upload
from arp_sdk.schema._open_type import OpenType

Values = Mapping[str, list[Any]]

_SEPARATORS = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
_HEADER = re.compile(r"(?P<name>[\w-]+)(?:=|: )(?:\"(?P<quoted>[^\"]*)\"|(?P<plain>[^;\r\n]*))")


def read(data: bytes, content_type: str) -> Values:
    """Return the values of a form by their names; a file is an `Upload`."""
    if content_type.startswith(FORM):
        return parse_qs(data.decode("latin-1"), keep_blank_values=True)
    values: dict[str, list[Any]] = {}
    boundary = content_type.partition("boundary=")[2].strip('"').encode()
    for part in data.split(b"--" + boundary)[1:-1]:
        head, _, content = part[2:-2].partition(b"\r\n\r\n")
        found = _HEADER.finditer(head.decode())
        fields = {each["name"].lower(): each["quoted"] or each["plain"] for each in found}
        is_file = "filename" in fields
        kind = fields.get("content-type", "application/octet-stream")
        value = Upload(content, fields["filename"], kind) if is_file else content.decode()
        values.setdefault(fields["name"], []).append(value)
    return values


def value_of(parameter: Parameter, values: Values, others: Collection[str] = ()) -> Any:
    """Return the value of a parameter as text, a list or a dict of it; None if it is absent.

    Args:
        parameter: The parameter.
        values: The values by their names.
        others: The names of other parameters, which a map has no part of.
    """
    given = values.get(parameter.name, [])
    if is_list(parameter.type) and parameter.style != "json":
        if given and not parameter.explode:
            return given[0].split(_SEPARATORS[parameter.style])
        return given or None
    if parameter.style == "json":
        return msgspec.json.decode(given[0]) if given else None
    if not _is_object(parameter.type):
        return given[0] if given else None
    if parameter.style == "deepObject":
        return _deep(parameter, values) or None
    if not parameter.explode:
        parts = given[0].split(",") if given else []
        return dict(zip(parts[::2], parts[1::2], strict=True)) or None
    declared = {field.encode_name for field in fields_of(parameter.type)}
    is_open = _is_open(parameter.type)
    names = [
        name
        for name in values
        if name in declared or (is_open and not {name, name.partition("[")[0]} & {*others})
    ]
    return {name: values[name][0] for name in names} or None


def parameter_of(operation: Operation[Any], field: msgspec.structs.FieldInfo) -> Parameter:
    """Return a property of a form as a parameter: an object is JSON unless declared otherwise."""
    name, style = field.encode_name, "json" if _is_object(field.type) else "form"
    declared = operation.encoding.get(name, Parameter(name, style=style))
    return msgspec.structs.replace(declared, type=field.type)


def fields_of(type_: Any) -> tuple[msgspec.structs.FieldInfo, ...]:
    """Return the fields of a model, none for another object."""
    known: Any = next((each for each in _members(type_) if _is_object(each)), dict)
    if isinstance(known, OpenType):
        return msgspec.structs.fields(known._fields)[:-1]
    return () if (get_origin(known) or known) is dict else msgspec.structs.fields(known)


def is_list(type_: Any) -> bool:
    """Return whether a type is an array."""
    return any(get_origin(each) is list for each in _members(type_))


def _is_object(type_: Any) -> bool:
    return any(
        isinstance(each, OpenType)
        or (get_origin(each) or each) is dict
        or (isinstance(each, type) and issubclass(each, msgspec.Struct) and each is not Upload)
        for each in _members(type_)
    )


def _members(type_: Any) -> list[Any]:
    """Return the members of a union, without annotations."""
    origin, arguments = get_origin(type_), get_args(type_)
    if origin is Annotated:
        return _members(arguments[0])
    if origin is Union or str(origin) == "<class 'types.UnionType'>":
        return [each for argument in arguments for each in _members(argument)]
    return [type_]


def _deep(parameter: Parameter, values: Values) -> dict[str, Any]:
    """Return the object of `name[key]=value`, and of `name[key][key]=value`."""
    found: dict[str, Any] = {}
    for key, given in values.items():
        if key.startswith(f"{parameter.name}["):
            holder, type_ = found, parameter.type
            *path, last = re.findall(r"\[([^\]]*)\]", key)
            for step in path:
                holder, type_ = holder.setdefault(step, {}), _type_under(type_, step)
            repeats = len(given) > 1 or is_list(_type_under(type_, last))
            holder[last] = given if repeats else given[0]
    return found


def _type_under(type_: Any, key: str) -> Any:
    """Return the type of a property of an object."""
    for field in fields_of(type_):
        if field.encode_name == key:
            return field.type
    return next((get_args(each)[1] for each in _members(type_) if get_origin(each) is dict), Any)


def _is_open(type_: Any) -> bool:
    """Return whether an object may have properties that it does not declare."""
    return any(
        isinstance(each, OpenType) or (get_origin(each) or each) is dict for each in _members(type_)
    )
