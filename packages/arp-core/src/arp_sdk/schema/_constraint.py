from __future__ import annotations

from typing import Any

import msgspec

from ._checks import CHECKS, KEYWORDS


class OnSend:
    """A constraint of the contract that holds for values that are sent, not for those read.

    Used inside `typing.Annotated`. It takes the keywords of `msgspec.Meta`, which checks them:
    `ge`, `gt`, `le`, `lt`, `multiple_of`, `pattern`, `min_length`, `max_length`; and these:

    - `among`: the values to choose from;
    - `unique_items`: True if no elements of an array are equal.
    """

    __slots__ = ("checks", "keywords", "limits", "meta")

    def __init__(self, **limits: Any) -> None:
        self.limits = limits
        # msgspec divides binary numbers, by which 19.99 is not a multiple of 0.01.
        ours = {
            name: limit
            for name, limit in limits.items()
            if name in CHECKS and (name != "multiple_of" or isinstance(limit, float))
        }
        rest = {name: limit for name, limit in limits.items() if name not in ours}
        self.checks = tuple(CHECKS[name](limit) for name, limit in ours.items())
        self.keywords = {KEYWORDS[name]: limit for name, limit in ours.items()}
        self.meta = msgspec.Meta(**rest) if rest else None

    def __repr__(self) -> str:
        return f"OnSend({', '.join(f'{name}={limit!r}' for name, limit in self.limits.items())})"
