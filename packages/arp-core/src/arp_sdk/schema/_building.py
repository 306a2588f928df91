"""One lock for everything that msgspec builds of a type on its first use.

While it builds, other threads run, and would find the type half built: they would crash.
"""

from __future__ import annotations

import os

# Not from `threading`: the models need nothing else of that module.
from _thread import RLock
from functools import lru_cache
from typing import TypeVar

import msgspec

T = TypeVar("T")

_lock = RLock()
if hasattr(os, "register_at_fork"):
    # No child begins with what another thread of its parent has half built.
    os.register_at_fork(  # pyright: ignore[reportAttributeAccessIssue]
        before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release
    )


# Bounded: a program may make up types.
@lru_cache(maxsize=1024)
def complete(type_: T) -> T:
    """Return a type once msgspec knows all of it, as every use by msgspec must."""
    with _lock:
        msgspec.json.Decoder(type_)
    return type_
