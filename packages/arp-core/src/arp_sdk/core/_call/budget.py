"""A limit on retries that all calls of a client share."""

from __future__ import annotations

import threading

from arp_sdk.core._fork import register


class Budget:
    """The number of retries that a client may spend, refilled by calls that succeed.

    While a service works, a tenth of the calls may be retries beyond the reserve. While it does
    not, the reserve runs out and calls fail at once instead of adding to its load.
    """

    def __init__(self, reserve: float = 64.0, refill: float = 0.1) -> None:
        self._reserve = self._left = reserve
        self._refill = refill
        self._lock = threading.Lock()
        register(self)

    def forget_after_fork(self) -> None:
        """Replace the lock, which another thread of the parent may hold."""
        self._lock = threading.Lock()

    def spend(self) -> bool:
        """Take one retry; return False if none is left."""
        with self._lock:
            if self._left < 1:
                return False
            self._left -= 1
            return True

    def refund(self) -> None:
        """Give back a retry that was not made."""
        with self._lock:
            self._left = min(self._reserve, self._left + 1)

    def earn(self) -> None:
        """Add the share of a retry that a successful call earns."""
        if self._left < self._reserve:
            with self._lock:
                self._left = min(self._reserve, self._left + self._refill)
