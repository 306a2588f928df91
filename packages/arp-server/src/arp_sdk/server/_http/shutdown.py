"""The moment at which a server is asked to stop. ASGI tells it only when all requests are over."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType


def on_shutdown(callback: Callable[[], None]) -> None:
    """Call a function when SIGINT or SIGTERM arrives, before the server's own handler.

    Only the main thread can set signal handlers: elsewhere, this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        previous = signal.getsignal(number)
        if previous is not None and previous is not signal.SIG_IGN:
            signal.signal(number, _Chained(callback, previous))


class _Chained:
    def __init__(
        self,
        callback: Callable[[], None],
        previous: signal.Handlers | Callable[[int, FrameType | None], object] | int,
    ) -> None:
        self._callback = callback
        self._previous = previous

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self._callback()
        if callable(self._previous):
            self._previous(number, frame)
        else:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
