"""Schemas of scalar values -> types with their constraints."""

from __future__ import annotations

import math
import re
from typing import Any

from pipeline import ir, names
from pipeline.errors import ContractError
from pipeline.load.keywords import (
    CONSTANT,
    ENUM_DOCS,
    ENUMERATION,
)
from pipeline.load.references import Node

_FORMATS = {
    "date-time": ir.Scalar("AwareDatetime"),
    "date": ir.Scalar("datetime.date"),
    "time": ir.Scalar("datetime.time"),
    "byte": ir.Scalar("bytes"),
}
UPLOAD = ir.Scalar("Upload")
# A URI has a scheme (RFC 3986, 3): `localhost:8000/x y` is not one.
_URI_PATTERN = r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$"
_SIZES = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_length",
    "maxItems": "max_length",
    "minProperties": "min_length",
    "maxProperties": "max_length",
}
_INT64 = range(-(2**63), 2**63)


def is_enumeration(node: Node) -> bool:
    """Return whether an `enum` is a set of strings or of integers, which gets a class."""
    kinds = {type(value) for value in node.value["enum"]}
    return kinds in ({str}, {int}) and node.value.get("type", "") != "number"


def members(node: Node) -> tuple[ir.Member, ...]:
    """Return the members of an enumeration."""
    node.expect_keywords(ENUMERATION, "next to `enum`")
    kind = "string" if isinstance(node.value["enum"][0], str) else "integer"
    if node.value.get("type", kind) != kind:
        raise ContractError(node["type"], f"is not the type of the values, which is {kind}")
    docs = node.get(ENUM_DOCS)
    found: list[ir.Member] = []
    for child in node.elements("enum"):
        text, taken = str(child.value), {member.name for member in found}
        name = names.distinct(names.constant, taken, text)
        found.append(ir.Member(name, child.value, docs.text(text) if docs else ""))
    for value, child in docs.items() if docs else ():
        if all(value != str(member.value) for member in found):
            raise ContractError(child, "is not a value of the enumeration")
    return tuple(found)


def constants(node: Node) -> ir.Type:
    """Return the type of an `enum` of other values, or of several types."""
    node.expect_keywords(ENUMERATION, "next to `enum`")
    values = node.value["enum"]
    if not values:
        raise ContractError(node["enum"], "matches nothing")
    return _among(node["enum"], values)


def constant(node: Node) -> ir.Type:
    """Return the type of a `const`: reads any value, sends only the constant."""
    node.expect_keywords(CONSTANT, "next to `const`")
    value, kind = node.value["const"], node.value.get("type")
    if isinstance(value, str) and kind in (None, "string"):
        pattern = rf"^{re.escape(value)}\Z"
        return ir.Limited(ir.Scalar("str"), (("pattern", pattern),))
    if isinstance(value, int) and not isinstance(value, bool) and kind in (None, "integer"):
        bound = _whole(node["const"], math.floor)
        return ir.Limited(ir.Scalar("int"), (("ge", bound), ("le", bound)))
    return _among(node["const"], [value])


def _among(node: Node, values: list[Any]) -> ir.Type:
    """Return the type that sends only some values: one of their scalar type, or any JSON."""
    if any(isinstance(value, (dict, list)) for value in values):
        raise ContractError(node, "constant objects and arrays are not supported")
    kinds = {type(value) for value in values}
    if kinds == {bool} and len(set(values)) == 2:
        return ir.Scalar("bool")
    inner: ir.Type = ir.Anything()
    if kinds == {bool} or (kinds and kinds <= {int, float}):
        inner = ir.Scalar("bool" if bool in kinds else "float")
    return ir.Limited(inner, (("among", tuple(values)),))


def string(node: Node) -> ir.Type:
    """Return a string, or the type of its format. Other formats are annotations."""
    format_ = node.text("format")
    raw = node.text("contentMediaType") == "application/octet-stream"
    if format_ == "binary" or (raw and "contentEncoding" not in node):
        return UPLOAD
    limits = sizes(node, "minLength", "maxLength")
    # A constraint on its text needs the text.
    if format_ in _FORMATS and not limits and "pattern" not in node:
        return _FORMATS[format_]
    if "pattern" in node:
        limits += (("pattern", checked_pattern(node["pattern"])),)
    elif format_ == "uri":
        limits += (("pattern", _URI_PATTERN),)
    return limited(ir.Scalar("str"), limits)


def number(node: Node, python: str) -> ir.Type:
    """Return an `int` or a `float`, with its bounds."""
    limits = (*_bound(node, "minimum", python), *_bound(node, "maximum", python))
    if "multipleOf" in node:
        limits += (("multiple_of", _multiple(node["multipleOf"], python)),)
    return limited(ir.Scalar(python), limits)


def _bound(node: Node, key: str, python: str) -> ir.Limits:
    """Return the tighter one of the inclusive and the exclusive bound (a flag in 3.0)."""
    lower = key == "minimum"
    inclusive, exclusive = ("ge", "gt") if lower else ("le", "lt")
    strict_key = f"exclusive{key.capitalize()}"
    bound, strict = node.get(key), node.get(strict_key)
    if strict is not None and isinstance(strict.value, bool):
        if bound is None:
            raise ContractError(strict, f"needs `{key}`")
        bound, strict = (None, bound) if strict.value else (bound, None)
    # Authors state the bounds of 64 bits, which rounding puts outside them.
    bound, strict = (
        None if each is not None and python == "int" and _is_beyond(each.value, lower) else each
        for each in (bound, strict)
    )
    if bound is not None and strict is not None:
        tighter = strict.value >= bound.value if lower else strict.value <= bound.value
        bound, strict = (None, strict) if tighter else (bound, None)
    if bound is not None:
        # A minimum of 0.5 means 1 for an integer, a maximum of 0.5 means 0.
        return ((inclusive, _number(bound, python, math.ceil if lower else math.floor)),)
    if strict is not None:
        return ((exclusive, _number(strict, python, math.floor if lower else math.ceil)),)
    return ()


def _is_beyond(value: float, lower: bool) -> bool:
    """Return whether a bound allows all integers of 64 bits."""
    return value < _INT64.start if lower else value >= _INT64.stop


def _number(node: Node, python: str, rounded: Any) -> int | float:
    value: float = node.value
    return _whole(node, rounded) if python == "int" else value


def _whole(node: Node, rounded: Any) -> int:
    value: int = rounded(node.value)
    if value not in _INT64:
        raise ContractError(node, f"{value} needs more than 64 bits, which is not supported")
    return value


def _multiple(node: Node, python: str) -> int | float:
    value: float = node.value
    if python == "float":
        return value
    if value != int(value):
        raise ContractError(node, "an integer that is a multiple of a fraction is not supported")
    return _whole(node, int)


def sizes(node: Node, *keys: str) -> ir.Limits:
    """Return the bounds on a length or a number of elements."""
    return tuple((_SIZES[key], _whole(node[key], int)) for key in keys if key in node)


def limited(type_: ir.Type, limits: ir.Limits) -> ir.Type:
    """Return a type with constraints, if there are any."""
    return ir.Limited(type_, limits) if limits else type_


def checked_pattern(node: Node, pattern: str | None = None) -> str:
    """Return a pattern, by default that of the node, checked to be valid in Python."""
    text: str = node.value if pattern is None else pattern
    try:
        re.compile(text)
    except re.error as error:
        raise ContractError(node, f"the pattern is not valid in Python ({error})") from error
    return text
