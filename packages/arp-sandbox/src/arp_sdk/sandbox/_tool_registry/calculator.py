"""Arithmetic on floating-point numbers. An expression is parsed by Python, but never executed."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable

MAX_LENGTH = 256
_ALLOWED = re.compile(r"[\d.eE+*/%()\s-]*", re.ASCII)
_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_UNARY: dict[type[ast.unaryop], Callable[[float], float]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}


class ExpressionError(ValueError):
    """The text is not an arithmetic expression with a finite value."""


def calculate(expression: str) -> float:
    """Return the value of an expression of numbers, `+ - * / // % **` and parentheses."""
    if len(expression) > MAX_LENGTH:
        raise ExpressionError(f"longer than {MAX_LENGTH} characters")
    if not _ALLOWED.fullmatch(expression):
        raise ExpressionError("only real numbers, + - * / // % ** and parentheses are allowed")
    try:
        value = _value(ast.parse(" ".join(expression.split()), mode="eval").body)
    except SyntaxError as error:
        raise ExpressionError(error.msg) from None
    except (MemoryError, RecursionError):
        raise ExpressionError("nested too deeply") from None
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise ExpressionError("the value is not a finite real number")
    return value


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return float(node.value)
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        value = _BINARY[type(node.op)](_value(node.left), _value(node.right))
        if not isinstance(value, complex):
            return value
    if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
        return _UNARY[type(node.op)](_value(node.operand))
    raise ExpressionError("only real numbers, + - * / // % ** and parentheses are allowed")
