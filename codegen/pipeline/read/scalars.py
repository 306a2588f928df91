"""Stage 4: schemas without parts -> types, and the constraints that they carry."""

from __future__ import annotations

import math
import re
from typing import Any

from pipeline import ir, names
from pipeline.errors import ContractError
from pipeline.load.keywords import (
    BOOLEAN,
    CONSTANT,
    ENUM_DOCS,
    ENUMERATION,
    NUMBER,
    STRING,
    expect_keys,
)
from pipeline.load.references import Node

_FORMATS = {
    "date-time": ir.Scalar("AwareDatetime"),
    "date": ir.Scalar("datetime.date"),
    "time": ir.Scalar("datetime.time"),
    "byte": ir.Scalar("bytes"),
}
# A URI has a scheme (RFC 3986, 3): what lacks one, such as `localhost:8000/x y`, is refused.
_URI_PATTERN = r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$"
_SIZES = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_length",
    "maxItems": "max_length",
    "minProperties": "min_length",
    "maxProperties": "max_length",
}
# Longer text is split, to stay within the width of a line.
_LONGEST = 72
_INT64 = range(-(2**63), 2**63)

Limits = tuple[tuple[str, str], ...]


def members(node: Node) -> tuple[ir.Member, ...]:
    """The members of an enumeration."""
    expect_keys(node, ENUMERATION, "beside `enum`")
    if node.value.get("type", "string") != "string":
        raise ContractError(node["type"], "only enumerations of strings are supported")
    if not node.value["enum"]:
        raise ContractError(node["enum"], "matches nothing")
    docs = node.get(ENUM_DOCS)
    found: list[ir.Member] = []
    for child in node.elements("enum"):
        if not isinstance(child.value, str):
            raise ContractError(child, "only enumerations of strings are supported")
        name = names.constant(child.value)
        if not name.isidentifier() or any(name == member.name for member in found):
            raise ContractError(child, f"`{child.value}` makes no Python name of its own")
        found.append(ir.Member(name, child.value, docs.text(child.value) if docs else ""))
    for value, child in docs.items() if docs else ():
        if value not in node.value["enum"]:
            raise ContractError(child, "describes no value of the enumeration")
    return tuple(found)


def constant(node: Node) -> ir.Type:
    """The type of a `const`: read like any value, sent as that one only."""
    expect_keys(node, CONSTANT, "beside `const`")
    value, kind = node.value["const"], node.value.get("type")
    if isinstance(value, str) and kind in (None, "string"):
        pattern = rf"^{re.escape(value)}\Z"
        return ir.Limited(ir.Scalar("str"), (("pattern", literal(pattern)),))
    if isinstance(value, int) and not isinstance(value, bool) and kind in (None, "integer"):
        bound = _whole(node["const"], math.floor)
        return ir.Limited(ir.Scalar("int"), (("ge", bound), ("le", bound)))
    raise ContractError(node["const"], "only constant strings and integers are supported")


def boolean(node: Node, beside: frozenset[str] = frozenset()) -> ir.Type:
    expect_keys(node, BOOLEAN | beside, "beside a boolean")
    return ir.Scalar("bool")


def string(node: Node, beside: frozenset[str] = frozenset()) -> ir.Type:
    """A string, or what its format makes of it. Formats without a Python type are annotations."""
    expect_keys(node, STRING | beside, "beside a string")
    format_ = node.text("format")
    if format_ == "binary":
        raise ContractError(node["format"], "binary content is not supported")
    scalar = _FORMATS.get(format_)
    if scalar is not None:
        for key in ("pattern", "minLength", "maxLength"):
            if key in node:
                raise ContractError(node[key], f"`{key}` of a `{format_}` is not supported")
        return scalar
    limits = sizes(node, "minLength", "maxLength")
    if "pattern" in node:
        limits += (("pattern", pattern_literal(node["pattern"])),)
    elif format_ == "uri":
        limits += (("pattern", literal(_URI_PATTERN)),)
    return limited(ir.Scalar("str"), limits)


def number(node: Node, python: str, beside: frozenset[str] = frozenset()) -> ir.Type:
    """An `int` or a `float`, with its bounds."""
    expect_keys(node, NUMBER | beside, "beside a number")
    limits = (*_bound(node, "minimum", python), *_bound(node, "maximum", python))
    if "multipleOf" in node:
        limits += (("multiple_of", _multiple(node["multipleOf"], python)),)
    return limited(ir.Scalar(python), limits)


def _bound(node: Node, key: str, python: str) -> Limits:
    """The tighter one of the inclusive and the exclusive bound (in 3.0 a flag beside it)."""
    lower = key == "minimum"
    inclusive, exclusive = ("ge", "gt") if lower else ("le", "lt")
    strict_key = f"exclusive{key.capitalize()}"
    bound, strict = node.get(key), node.get(strict_key)
    if strict is not None and isinstance(strict.value, bool):
        if bound is None:
            raise ContractError(strict, f"needs `{key}` beside it")
        bound, strict = (None, bound) if strict.value else (bound, None)
    if bound is not None and strict is not None:
        tighter = strict.value >= bound.value if lower else strict.value <= bound.value
        bound, strict = (None, strict) if tighter else (bound, None)
    if bound is not None:
        # 0.5 as the least integer means 1, and as the greatest 0.
        return ((inclusive, _number(bound, python, math.ceil if lower else math.floor)),)
    if strict is not None:
        return ((exclusive, _number(strict, python, math.floor if lower else math.ceil)),)
    return ()


def _number(node: Node, python: str, rounded: Any) -> str:
    return _whole(node, rounded) if python == "int" else literal(node.value)


def _whole(node: Node, rounded: Any) -> str:
    value = rounded(node.value)
    if value not in _INT64:
        raise ContractError(node, f"{value} is more than 64 bits hold, which is not supported")
    return literal(value)


def _multiple(node: Node, python: str) -> str:
    if python == "float":
        return literal(node.value)
    if node.value != int(node.value):
        raise ContractError(node, "an integer that is a multiple of a fraction is not supported")
    return _whole(node, int)


def sizes(node: Node, *keys: str) -> Limits:
    """The bounds on a length or a number of elements."""
    return tuple((_SIZES[key], _whole(node[key], int)) for key in keys if key in node)


def limited(type_: ir.Type, limits: Limits) -> ir.Type:
    return ir.Limited(type_, limits) if limits else type_


def pattern_literal(node: Node, pattern: str | None = None) -> str:
    """A regular expression as Python source.

    Args:
        node: Where it stands.
        pattern: It, where it is not the node's value.
    """
    text: str = node.value if pattern is None else pattern
    try:
        re.compile(text)
    except re.error as error:
        raise ContractError(node, f"the pattern is none in Python ({error})") from error
    return literal(text)


def literal(value: Any) -> str:
    """A JSON scalar as Python source: text in a raw string where that reads better."""
    if not isinstance(value, str):
        return repr(value)
    if len(value) <= _LONGEST:
        return _quoted(value)
    pieces = re.findall(rf"(?s).{{1,{_LONGEST}}}(?<!\\)|.+", value)
    return f"({' '.join(map(_quoted, pieces))})"


def _quoted(value: str) -> str:
    raw = "\\" in value and '"' not in value and not value.endswith("\\") and value.isprintable()
    return f'r"{value}"' if raw else repr(value)
