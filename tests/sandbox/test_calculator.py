from __future__ import annotations

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arp_sdk.sandbox._tool_registry.calculator import ExpressionError, calculate

NUMBERS = st.integers(0, 999).map(str) | st.floats(0, 1e6).map(repr)
EXPRESSIONS = st.recursive(
    NUMBERS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//", "%", "**"]), inner).map(
            "".join
        ),
        inner.map("({})".format),
        inner.map("-{}".format),
        inner.map(" {} ".format),
    ),
    max_leaves=8,
).filter(lambda text: len(text) <= 256)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("19*23", 437.0),
        ("1+2*3", 7.0),
        ("(1+2)*3", 9.0),
        ("2**3**2", 512.0),
        ("-2**2", -4.0),
        ("2**-1", 0.5),
        ("7//2", 3.0),
        ("-7%3", 2.0),
        ("1e3", 1000.0),
        (".5", 0.5),
        (" 1 + 1 ", 2.0),
        ("--1", 1.0),
    ],
)
def test_value(expression: str, value: float) -> None:
    assert calculate(expression) == value


@given(EXPRESSIONS)
def test_same_as_python_with_floats(expression: str) -> None:
    value = None
    with suppress(ExpressionError, ZeroDivisionError):
        value = calculate(expression)
    # Only what the strategy above has made is evaluated here.
    as_floats = _with_floats(expression)
    expected: complex = math.nan
    with suppress(OverflowError, ZeroDivisionError):
        expected = eval(as_floats)
    if isinstance(expected, complex) or not math.isfinite(expected):
        assert value is None
    else:
        assert value == expected


def _with_floats(expression: str) -> str:
    pieces: list[str] = []
    number = ""
    for character in f"{expression} ":
        if character.isdigit() or character in ".e" or (number.endswith("e") and character in "+-"):
            number += character
            continue
        if number:
            pieces.append(f"float('{number}')")
            number = ""
        pieces.append(character)
    return "".join(pieces).strip()


@pytest.mark.parametrize(
    "expression",
    ["", "1+", "x", "1 2", "(1", "1)", "()", "__import__('os')", "1;2", "1.2.3", "0x10", "1_000"],
)
def test_invalid_expression(expression: str) -> None:
    with pytest.raises(ExpressionError):
        calculate(expression)


@pytest.mark.parametrize(
    "expression",
    ["1e999", "9**9**9", "(-1)**0.5", "(-1)**0.5//1", "1e308*10", "2j", "(" * 255 + "1"],
)
def test_value_that_is_not_finite(expression: str) -> None:
    with pytest.raises(ExpressionError):
        calculate(expression)


def test_longest_expression() -> None:
    assert calculate("1" + "+1" * 127) == 128.0
    with pytest.raises(ExpressionError, match="longer than 256"):
        calculate("1" + "+1" * 128)


def test_division_by_zero() -> None:
    with pytest.raises(ZeroDivisionError):
        calculate("1/0")
