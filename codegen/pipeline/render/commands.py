"""Operations -> commands of a command line: their names, options and help, as data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from pipeline import ir

# Options that every command of an operation has.
_TAKEN = ("body", "help", "output")
_KINDS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}

Definitions = dict[tuple[str, str], ir.Definition]
Place = Literal["path", "query", "header", "body"]


class Option(NamedTuple):
    """An argument or option of a command.

    Attributes:
        name: The argument of the method, or the property of the body.
        flag: Its name on the command line, such as `page-size`.
        place: Where the value goes.
        kind: `string`, `integer`, `number`, `boolean` or `json`.
    """

    name: str
    flag: str
    place: Place
    kind: str
    required: bool
    repeated: bool
    choices: tuple[str | int, ...]
    doc: str


class Command(NamedTuple):
    """The command of an operation."""

    name: str
    method: str
    constant: str
    summary: str
    doc: str
    call: str
    body: str
    raw: bool
    options: tuple[Option, ...]


def commands(service: ir.Service, definitions: Definitions) -> list[Command]:
    """Return the command of each operation of a service."""
    return [
        Command(
            name=_flag(operation.name),
            method=operation.name,
            constant=operation.constant,
            summary=operation.summary,
            doc=paragraphs(operation.doc),
            call=f"{operation.method} {operation.path}",
            body=_body(operation.body),
            raw=_is_raw(operation.body, definitions),
            options=tuple(_options(operation, definitions)),
        )
        for operation in service.operations
    ]


def definitions_of(api: ir.Api) -> Definitions:
    """Return all definitions by module and name."""
    modules = [*api.shared, *(service.models for service in api.services if service.models)]
    return {(module.name, each.name): each for module in modules for each in module.definitions}


def paragraphs(text: str) -> str:
    """Return a text without the line breaks of its source."""
    return "\n\n".join(" ".join(each.split()) for each in re.split(r"\n\s*\n", text.strip()))


def _flag(name: str) -> str:
    return name.strip("_").replace("_", "-")


def _is_raw(body: ir.Body | None, definitions: Definitions) -> bool:
    """Return whether a body is text or bytes, and no JSON."""
    if body is None or "json" in body.media_type:
        return False
    return _resolved(body.type, definitions) in (ir.Scalar("str"), ir.Scalar("bytes"))


def _body(body: ir.Body | None) -> Literal["", "optional", "required"]:
    if body is None:
        return ""
    return "required" if body.required else "optional"


def _options(operation: ir.Operation, definitions: Definitions) -> Iterator[Option]:
    taken = {*_TAKEN}
    for each in sorted(operation.parameters, key=lambda parameter: parameter.place != "path"):
        flag = _free(_flag(each.argument), each.place, taken)
        yield _option(each.argument, flag, each.place, each, definitions)
    body = _resolved(operation.body.type, definitions) if operation.body else None
    for field in body.fields if isinstance(body, ir.Model) else ():
        yield _option(
            field.wire_name, _free(_flag(field.name), "body", taken), "body", field, definitions
        )


def _free(flag: str, place: str, taken: set[str]) -> str:
    while flag in taken:
        flag = f"{place}-{flag}"
    taken.add(flag)
    return flag


def _option(
    name: str,
    flag: str,
    place: Place,
    source: ir.Parameter | ir.Field,
    definitions: Definitions,
) -> Option:
    type_ = _resolved(source.type, definitions)
    kind, choices = _kind(type_)
    item = ""
    if isinstance(type_, ir.ListOf):
        item, choices = _kind(_resolved(type_.item, definitions))
    repeated = item not in ("", "json") and place != "path"
    return Option(
        name, flag, place, item if repeated else kind, source.required, repeated, choices,
        paragraphs(source.doc),
    )  # fmt: skip


def _kind(type_: ir.Type | ir.Definition) -> tuple[str, tuple[str | int, ...]]:
    if isinstance(type_, ir.Scalar):
        return _KINDS.get(type_.python, "string"), ()
    if isinstance(type_, ir.Enumeration):
        # The kind counts for text alone: a choice is one of the values themselves.
        return "string", tuple(member.value for member in type_.members)
    return "json", ()


def _resolved(type_: ir.Type, definitions: Definitions) -> ir.Type | ir.Definition:
    """Return a type without null, constraints and names."""
    while True:
        if isinstance(type_, (ir.Limited, ir.Nullable)):
            type_ = type_.inner
        elif isinstance(type_, ir.Named):
            definition = definitions[type_.module, type_.name]
            if not isinstance(definition, ir.Alias):
                return definition
            type_ = definition.type
        else:
            return type_
