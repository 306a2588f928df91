"""The outcomes of many requests."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

Q = TypeVar("Q")
R = TypeVar("R")


class Outcome(msgspec.Struct, Generic[Q, R], frozen=True):
    """The outcome of one request of many.

    Attributes:
        index: Its place among the requests, from 0.
        request: The request.
        result: Its result, or None where there is an error.
        error: The error, or None.
    """

    index: int
    request: Q
    result: R | None
    error: Exception | None

    def value(self) -> R:
        """Return the result, or raise the error."""
        if self.error is not None:
            raise self.error
        return self.result  # type: ignore[return-value]  # there is a result if there is no error
