"""Lists that come page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, TypeVar

from .._paging import Page, Walk

T = TypeVar("T")


class AsyncPager(Generic[T]):
    """A list that is fetched while it is walked through.

    Iterate over it with `async for` for the items. `pages()` gives whole pages, whose tokens
    serve to stop and to resume later.
    """

    def __init__(
        self,
        walk: Callable[[str | None], Walk[T]],
        fetch: Callable[[Walk[T]], Awaitable[Page[T] | None]],
        token: str | None = None,
    ) -> None:
        self._walk = walk
        self._fetch = fetch
        self._token = token

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for item in page.items:
                yield item

    async def pages(self, token: str | None = None) -> AsyncIterator[Page[T]]:
        """Fetch page after page.

        Args:
            token: The `next_token` of an earlier page, to go on behind it; None begins anew.

        Raises:
            ArpDecodeError: If the service sends pages in a circle.
        """
        walk = self._walk(token or self._token)
        while (page := await self._fetch(walk)) is not None:
            yield page
