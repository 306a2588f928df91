"""Lists that come page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, TypeVar

from arp_sdk.core._workflows.pagination import Page, Walk

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

    def __aiter__(self) -> AsyncIterator[T]:
        return _Items(self.pages())

    def pages(self, token: str | None = None) -> AsyncIterator[Page[T]]:
        """Fetch page after page.

        Args:
            token: The `next_token` of an earlier page, to go on behind it; None begins anew.

        Raises:
            ArpDecodeError: If the service sends pages in a circle.
        """
        return _Pages(self._walk(token or self._token), self._fetch)


# No asynchronous generators: the event loop would have to end those that are left in the middle.
class _Pages(AsyncIterator[Page[T]]):
    def __init__(
        self, walk: Walk[T], fetch: Callable[[Walk[T]], Awaitable[Page[T] | None]]
    ) -> None:
        self._walk = walk
        self._fetch = fetch

    async def __anext__(self) -> Page[T]:
        page = await self._fetch(self._walk)
        if page is None:
            raise StopAsyncIteration
        return page


class _Items(AsyncIterator[T]):
    def __init__(self, pages: AsyncIterator[Page[T]]) -> None:
        self._pages = pages
        self._items: list[T] = []

    async def __anext__(self) -> T:
        while not self._items:
            self._items = (await anext(self._pages)).items[::-1]
        return self._items.pop()
