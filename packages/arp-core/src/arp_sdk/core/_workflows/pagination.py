from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import msgspec

from arp_sdk.core._contract.workflows import Pageable
from arp_sdk.errors import ArpDecodeError

from .steps import Invoke

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list.

    Attributes:
        items: What is on it.
        token: The token that fetched it; None for the first page.
        next_token: The token of the next page; None on the last one.
    """

    items: list[T]
    token: str | None
    next_token: str | None

    @property
    def is_last(self) -> bool:
        """Whether there are no more pages: there is nothing to go on with then."""
        return self.next_token is None


class Walk(Generic[T]):
    """A way through the pages of a list, without I/O.

    Args:
        pageable: How the list is paged.
        query: The other arguments of the call.
        token: The token of the page to begin with; None for the first one.
    """

    def __init__(self, pageable: Pageable[T], query: Mapping[str, Any], token: str | None) -> None:
        self._pageable = pageable
        self._query = query
        self._wanted = token
        self._begun = False
        self._circle = CircleGuard()

    def next_call(self) -> Invoke | None:
        """The call that fetches the next page; None behind the last one.

        Raises:
            ArpDecodeError: If the service sends pages in a circle.
        """
        if self._begun:
            if self._wanted is None:
                return None
            self._circle.check(self._wanted)
        self._begun = True
        query = {**self._query, self._pageable.token: self._wanted}
        return Invoke(self._pageable.operation, query=query)

    def read(self, answer: Any) -> Page[T]:
        """The page that an answer holds."""
        found: Any = answer
        for name in self._pageable.next_token:
            found = getattr(found, name, None)
        items: list[T] = list(getattr(answer, self._pageable.items) or ())
        # Some services send an empty token on the last page.
        page = Page(items, self._wanted, found or None)
        self._wanted = page.next_token
        return page


class CircleGuard:
    """Notices tokens that repeat, in constant memory (Brent's algorithm)."""

    def __init__(self) -> None:
        self._kept: str | None = None
        self._steps = 0
        self._limit = 1

    def check(self, token: str) -> None:
        """Note a token; raise ArpDecodeError if it was there before."""
        if token == self._kept:
            raise ArpDecodeError(
                f"the page token {token[:40]!r} repeats: the pages form a circle",
                subject="pagination",
            )
        self._steps += 1
        if self._steps >= self._limit:
            self._kept, self._steps, self._limit = token, 0, self._limit * 2
