from __future__ import annotations

from types import TracebackType
from typing import TypeVar

S = TypeVar("S")


class Closing:
    """Something that a `with` statement closes in the end."""

    def close(self) -> None:
        """Free what it holds."""
        raise NotImplementedError

    def __enter__(self: S) -> S:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
