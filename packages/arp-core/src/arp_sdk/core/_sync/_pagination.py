"""A list that is fetched page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from arp_sdk.core._workflows.pagination import Page, PageCursor

T = TypeVar("T")


class Pager(Generic[T]):
    """A list that is fetched while the caller iterates over it.

    Iterate over it for the items. `pages()` yields whole pages. Keep the token of a page to resume
    later.
    """

    def __init__(
        self,
        cursor: Callable[[str | None], PageCursor[T]],
        fetch: Callable[[PageCursor[T]], Page[T] | None],
        token: str | None = None,
    ) -> None:
        self._cursor = cursor
        self._fetch = fetch
        self._token = token

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.items

    def pages(self, token: str | None = None) -> Iterator[Page[T]]:
        """Fetch page after page.

        Args:
            token: The `next_token` of an earlier page, to go on after it; None to start over.

        Raises:
            ArpDecodeError: If a page token repeats, or too many pages in a row are empty.
        """
        cursor = self._cursor(token or self._token)
        while (page := self._fetch(cursor)) is not None:
            yield page
