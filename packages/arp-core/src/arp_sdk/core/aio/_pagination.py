"""A list that is fetched page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, TypeVar

from arp_sdk.core._workflows.pagination import Page, PageCursor

T = TypeVar("T")


class AsyncPager(Generic[T]):
    """A list that is fetched while the caller iterates over it.

    Iterate over it with `async for` for the items. `pages()` yields whole pages. Keep the token of
    a page to resume later.
    """

    def __init__(
        self,
        cursor: Callable[[str | None], PageCursor[T]],
        fetch: Callable[[PageCursor[T]], Awaitable[Page[T] | None]],
        token: str | None = None,
    ) -> None:
        self._cursor = cursor
        self._fetch = fetch
        self._token = token

    def __aiter__(self) -> AsyncIterator[T]:
        return _Items(self.pages())

    def pages(self, token: str | None = None) -> AsyncIterator[Page[T]]:
        """Fetch page after page.

        Args:
            token: The `next_token` of an earlier page, to go on after it; None to start over.

        Raises:
            ArpDecodeError: If a page token repeats, or too many pages in a row are empty.
        """
        return _Pages(self._cursor(token or self._token), self._fetch)


# Not asynchronous generators: the event loop would have to close those that were dropped.
class _Pages(AsyncIterator[Page[T]]):
    def __init__(
        self, cursor: PageCursor[T], fetch: Callable[[PageCursor[T]], Awaitable[Page[T] | None]]
    ) -> None:
        self._cursor = cursor
        self._fetch = fetch

    async def __anext__(self) -> Page[T]:
        page = await self._fetch(self._cursor)
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
