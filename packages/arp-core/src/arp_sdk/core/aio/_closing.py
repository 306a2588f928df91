"""The context manager protocol of everything that can be closed."""

from __future__ import annotations

from types import TracebackType
from typing import TypeVar

S = TypeVar("S")


class AsyncClosing:
    """An object that an `async with` statement closes."""

    async def close(self) -> None:
        """Free the resources that it holds."""
        raise NotImplementedError

    async def __aenter__(self: S) -> S:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
