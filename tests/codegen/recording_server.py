"""A service that sends the responses that it is told to, and remembers the requests."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from support.server import Received, Reply, Server


class RecordingServer(Server):
    """A server with a queue of responses."""

    def __init__(self) -> None:
        super().__init__()
        self._queue: deque[Reply] = deque()
        self.plan(self._next)

    def answer(
        self, status: int, body: bytes = b"", content_type: str = "application/json"
    ) -> None:
        """Append a response to the queue."""
        self._queue.append(Reply(status, body, {"Content-Type": content_type}))

    def _next(self, _: Received) -> Reply:
        return self._queue.popleft()


@contextmanager
def recording_server() -> Iterator[RecordingServer]:
    """Listen on a free port of this machine until the block ends."""
    server = RecordingServer()
    try:
        yield server
    finally:
        server.stop()
