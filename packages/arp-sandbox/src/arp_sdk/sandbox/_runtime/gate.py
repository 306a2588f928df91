from __future__ import annotations

import asyncio
import threading


class Gate:
    """Holds runs up until a test opens it.

    A script waits at it by `Wait(gate)`, so that a test can look at a run that is certainly still
    going on. Once open, it stays open.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_open = False
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    @property
    def is_open(self) -> bool:
        """Whether it has been opened."""
        return self._is_open

    def open(self) -> None:
        """Let all runs pass, now and later. From any thread."""
        with self._lock:
            self._is_open = True
            waiting, self._waiting = self._waiting, []
        for loop, event in waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

    async def wait(self) -> None:
        """Return once it is open."""
        event = asyncio.Event()
        with self._lock:
            if self._is_open:
                return
            self._waiting.append((asyncio.get_running_loop(), event))
        await event.wait()
