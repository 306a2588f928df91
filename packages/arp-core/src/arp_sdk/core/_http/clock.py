"""The functions of `time`, looked up with each call.

gevent, freezegun and time-machine replace them, and may do so after this was imported.
"""

from __future__ import annotations

import time


def monotonic() -> float:
    """Return the seconds of a clock that does not go back."""
    return time.monotonic()


def now() -> float:
    """Return the seconds since 1970."""
    return time.time()


def sleep(seconds: float) -> None:
    """Wait for some seconds."""
    time.sleep(seconds)
