"""The context manager protocol of everything that can be closed."""

from __future__ import annotations

from types import TracebackType
from typing import TypeVar

S = TypeVar("S")


class Closing:
    """An object that a `with` statement closes."""

    def close(self) -> None:
        """Free the resources that it holds."""
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
