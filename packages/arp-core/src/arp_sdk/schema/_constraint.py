from __future__ import annotations

from typing import Any

import msgspec


class OnSend:
    """A constraint of the contract that holds for values that are sent, not for those read.

    Used inside `typing.Annotated`. It takes the keywords of `msgspec.Meta`, which checks it:
    `ge`, `gt`, `le`, `lt`, `multiple_of`, `pattern`, `min_length`, `max_length`.
    """

    __slots__ = ("meta", "step")

    def __init__(self, **limits: Any) -> None:
        # msgspec divides binary numbers, by which 19.99 is not a multiple of 0.01.
        step = limits.get("multiple_of")
        self.step: float | None = step if isinstance(step, float) else None
        if self.step is not None:
            del limits["multiple_of"]
        self.meta = msgspec.Meta(**limits) if limits else None

    def __repr__(self) -> str:
        step = "" if self.step is None else f", multiple_of={self.step}"
        return f"OnSend({self.meta!r}{step})"
