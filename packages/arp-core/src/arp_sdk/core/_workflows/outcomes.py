from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from arp_sdk.errors import ArpApiError


def lacks_events(error: ArpApiError) -> bool:
    """Whether an error means that the service has no events, which are optional."""
    # 501, and 404 or 405 of services that never heard of them.
    return error.status_code in (404, 405, 501)


Q = TypeVar("Q")


R = TypeVar("R")


class Outcome(msgspec.Struct, Generic[Q, R], frozen=True):
    """What became of one of many.

    Attributes:
        index: Its place among the requests, from 0.
        request: The request.
        result: Its result, or None where there is an error.
        error: What went wrong, or None.
    """

    index: int
    request: Q
    result: R | None
    error: Exception | None
