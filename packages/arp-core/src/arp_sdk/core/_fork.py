"""Objects that a forked child must reset: sockets, and locks that a thread held."""

from __future__ import annotations

import os
import weakref
from typing import Protocol, runtime_checkable


@runtime_checkable
class Forkable(Protocol):
    """An object that makes itself usable again in a child."""

    def forget_after_fork(self) -> None:
        """Drop the resources that belong to the parent."""


_all: weakref.WeakSet[Forkable] = weakref.WeakSet()


def register(forkable: Forkable) -> None:
    """Call an object's `forget_after_fork` in every child, as long as the object lives."""
    _all.add(forkable)


def _forget_all() -> None:
    for forkable in list(_all):
        forkable.forget_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)  # pyright: ignore[reportAttributeAccessIssue]
