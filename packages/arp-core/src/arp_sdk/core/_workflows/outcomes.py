"""The outcomes of many requests."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

Q_co = TypeVar("Q_co", covariant=True)
R_co = TypeVar("R_co", covariant=True)


class Outcome(msgspec.Struct, Generic[Q_co, R_co], frozen=True):
    """The outcome of one request of many.

    Attributes:
        index: Its place among the requests, from 0.
        request: The request.
        result: Its result, or None where there is an error.
        error: The error, or None.
    """

    index: int
    request: Q_co
    result: R_co | None
    error: Exception | None

    def value(self) -> R_co:
        """Return the result, or raise the error."""
        if self.error is not None:
            raise self.error
        return self.result  # type: ignore[return-value]  # there is a result if there is no error
