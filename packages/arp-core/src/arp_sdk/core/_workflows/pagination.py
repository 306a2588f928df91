"""Lists that a service returns page by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import msgspec

from arp_sdk.core._call.effects import Steps
from arp_sdk.core._contract.workflows import Pageable
from arp_sdk.errors import ArpDecodeError

from .steps import Caller

T = TypeVar("T")

# Filters may leave pages empty; an endless row of them would be a loop without an event.
MAX_EMPTY_PAGES = 1000


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list.

    Attributes:
        items: The items on it.
        token: The token that fetched it; None for the first page.
        next_token: The token of the next page; None on the last one.
    """

    items: list[T]
    token: str | None
    next_token: str | None

    @property
    def is_last(self) -> bool:
        """True if no page follows this one."""
        return self.next_token is None


class PageCursor(Generic[T]):
    """A position in a list of pages."""

    def __init__(self, pageable: Pageable[T], query: Mapping[str, Any], token: str | None) -> None:
        self._pageable = pageable
        self._query = query
        self._token = token
        self._started = False
        self._seen: set[int] = set()
        self._empty = 0

    def next_page(self, caller: Caller) -> Steps[Page[T] | None]:
        """Fetch the next page; None after the last one.

        Raises:
            ArpDecodeError: If a page token repeats, or too many pages in a row are empty.
        """
        if self._started and self._token is None:
            return None
        self._check()
        self._started = True
        query = {**self._query, self._pageable.token: self._token}
        return self._read((yield from caller.invoke(self._pageable.operation, query=query)))

    def _check(self) -> None:
        if self._token is None:
            return
        token = hash(self._token)
        if token in self._seen:
            raise _error(f"the page token {self._token[:40]!r} repeats: the pages form a circle")
        self._seen.add(token)
        if self._empty > MAX_EMPTY_PAGES:
            raise _error(f"{self._empty} pages in a row are empty")

    def _read(self, value: Any) -> Page[T]:
        found: Any = value
        for name in self._pageable.next_token:
            found = getattr(found, name, None)
        items: list[T] = list(getattr(value, self._pageable.items) or ())
        self._empty = 0 if items else self._empty + 1
        # Some services send an empty token on the last page.
        page = Page(items, self._token, found or None)
        self._token = page.next_token
        return page


def _error(reason: str) -> ArpDecodeError:
    return ArpDecodeError(reason, subject="pagination")
