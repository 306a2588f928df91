"""Arithmetic on floating point numbers, parsed by hand: nothing that is given is ever executed."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable

MAX_LENGTH = 256
_MAX_DEPTH = 40
_TOKEN = re.compile(
    r"\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|(\*\*|//|[-+*/%()]))"
)

_Operator = Callable[[float, float], float]
_BINARY: dict[str, tuple[int, _Operator]] = {
    "+": (1, operator.add),
    "-": (1, operator.sub),
    "*": (2, operator.mul),
    "/": (2, operator.truediv),
    "//": (2, operator.floordiv),
    "%": (2, operator.mod),
}
_SIGN = 3
_POWER = 4


class ExpressionError(ValueError):
    """The expression is not one that the calculator understands."""


def calculate(expression: str) -> float:
    """The value of an arithmetic expression: numbers, `+ - * / // % **` and brackets.

    Args:
        expression: At most 256 characters. All numbers are floating point, so that no operation
            costs more than another.

    Raises:
        ExpressionError: If it is no such expression, or its value is no finite real number.
        ZeroDivisionError: If it divides by zero.
    """
    if len(expression) > MAX_LENGTH:
        raise ExpressionError(f"longer than {MAX_LENGTH} characters")
    parser = _Parser(_tokens(expression))
    try:
        value = parser.whole()
    except OverflowError:
        value = math.inf
    if isinstance(value, complex) or not math.isfinite(value):
        raise ExpressionError("the value is no finite real number")
    return value


def _tokens(expression: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    text = expression.rstrip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            rest = text[position:].lstrip()
            raise ExpressionError(f"cannot make sense of {rest[:20]!r}")
        tokens.append(found[1] or found[2])
        position = found.end()
    return tokens


class _Parser:
    """Precedence climbing, with a bound on the depth."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def whole(self) -> float:
        value = self._expression(1)
        if self._next < len(self._tokens):
            raise ExpressionError(f"unexpected {self._tokens[self._next]!r}")
        return value

    def _peek(self) -> str:
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def _take(self) -> str:
        symbol = self._peek()
        self._next += 1
        return symbol

    def _expression(self, least: int) -> float:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise ExpressionError("nested too deeply")
        value = self._operand()
        while True:
            symbol = self._peek()
            if symbol == "**" and least <= _POWER:
                self._take()
                # Right-associative, and it binds a sign on its right: 2**-1.
                value = value ** self._expression(_SIGN)
            elif symbol in _BINARY and _BINARY[symbol][0] >= least:
                precedence, apply = _BINARY[self._take()]
                value = apply(value, self._expression(precedence + 1))
            else:
                self._depth -= 1
                return value

    def _operand(self) -> float:
        symbol = self._take()
        if symbol in ("+", "-"):
            value = self._expression(_SIGN)
            return -value if symbol == "-" else value
        if symbol == "(":
            value = self._expression(1)
            if self._take() != ")":
                raise ExpressionError("a bracket is not closed")
            return value
        if not symbol or not (symbol[0].isdigit() or symbol[0] == "."):
            raise ExpressionError(f"unexpected {symbol!r}" if symbol else "unexpected end")
        return float(symbol)
