"""Multiples of decimal fractions, which binary remainders cannot check."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import msgspec

from ._custom import Custom


class MultipleOf(Custom):
    """The class of the types of numbers that are multiples of a decimal fraction."""

    inner: Any
    step: str

    def _read(self, value: Any) -> Any:
        """Convert a number, if it is a multiple as a decimal number."""
        number = msgspec.convert(value, self.inner)
        # The shortest decimal that is the same float is the one that was meant: 19.99 / 0.01.
        if (Fraction(repr(number)) / Fraction(self.step)).denominator != 1:
            raise ValueError(f"Expected `float` that's a multiple of {self.step}")
        return number


def multiple_of(inner: Any, step: float) -> MultipleOf:
    """Return the type of the multiples of a fraction.

    Args:
        inner: The type of the number, with its other constraints.
        step: The fraction.
    """
    return MultipleOf("MultipleOf", (), {"inner": inner, "step": repr(step)})
