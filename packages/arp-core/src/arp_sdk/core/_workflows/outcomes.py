"""The outcomes of many requests."""

from __future__ import annotations

import sys
from typing import Generic, TypeVar

import msgspec

from arp_sdk.errors import ArpConfigError

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


# Requests of `run_many` that are in flight at a time with asyncio; waits are not limited.
MOST_IN_FLIGHT = 256
# Files that a program has open besides the connections.
_SPARE_FILES = 64


def check_concurrency(max_concurrency: int, connections: int) -> None:
    """Check that so many runs at a time are possible, before the first one is started.

    Raises:
        ArpConfigError: If there are not enough file descriptors, or the number is less than 1.
    """
    if max_concurrency < 1:
        raise ArpConfigError("max_concurrency must be at least 1")
    if sys.platform != "win32":
        from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit

        limit = getrlimit(RLIMIT_NOFILE)[0]
        if limit != RLIM_INFINITY and connections > 1 and connections + _SPARE_FILES > limit:
            raise ArpConfigError(
                f"max_concurrency={max_concurrency} needs as many connections, and this process "
                f"may open {limit} files: raise the limit (ulimit -n), or pass at most "
                f"{limit - _SPARE_FILES}"
            )
