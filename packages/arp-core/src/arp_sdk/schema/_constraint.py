from __future__ import annotations

from typing import Any

import msgspec


class OnSend:
    """A constraint of the contract that holds for what is sent, not for what is read.

    Used inside `typing.Annotated`. It takes the keywords of `msgspec.Meta`, which checks it:
    `ge`, `gt`, `le`, `lt`, `multiple_of`, `pattern`, `min_length`, `max_length`.
    """

    __slots__ = ("meta",)

    def __init__(self, **limits: Any) -> None:
        self.meta = msgspec.Meta(**limits)

    def __repr__(self) -> str:
        return f"OnSend({self.meta!r})"
