"""Lists that come page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic

from arp_sdk.core._workflows.pagination import Page, T, Walk


class Pager(Generic[T]):
    """A list that is fetched while it is walked through.

    Iterate over it for the items. `pages()` gives whole pages, whose tokens serve to stop and
    to resume later.
    """

    def __init__(
        self,
        walk: Callable[[str | None], Walk[T]],
        fetch: Callable[[Walk[T]], Page[T] | None],
        token: str | None = None,
    ) -> None:
        self._walk = walk
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
        walk = self._walk(token or self._token)
        while (page := self._fetch(walk)) is not None:
            yield page
