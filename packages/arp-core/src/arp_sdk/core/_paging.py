"""Lists that come page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from arp_sdk.errors import ArpDecodeError

from ._patterns import Pageable

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
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


class Pager(Generic[T]):
    """A list that is fetched while it is walked through.

    Iterate over it for the items. `pages()` gives whole pages, whose tokens serve to stop and
    to resume later.
    """

    def __init__(self, fetch: Callable[[str | None], Page[T]], token: str | None = None) -> None:
        self._fetch = fetch
        self._token = token

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.items

    def pages(self, token: str | None = None) -> Iterator[Page[T]]:
        """Fetch page after page.

        Args:
            token: The `next_token` of an earlier page, to go on behind it; None begins anew.

        Raises:
            ArpDecodeError: If the service sends pages in a circle.
        """
        circle = CircleGuard()
        wanted: str | None = token or self._token
        while True:
            page = self._fetch(wanted)
            yield page
            if page.next_token is None:
                return
            circle.check(page.next_token)
            wanted = page.next_token


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


def read_page(pageable: Pageable[T], answer: Any, token: str | None) -> Page[T]:
    """The page that an answer holds."""
    found: Any = answer
    for name in pageable.next_token:
        found = getattr(found, name, None)
    # Some services send an empty token on the last page.
    return Page(list(getattr(answer, pageable.items) or ()), token, found or None)
