"""A server that answers each connection with bytes of the test's choice, then hangs up."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Heard:
    """A request as it came.

    Attributes:
        line: The request line.
        headers: Lines of the head after the first.
        body: As long as its Content-Length says.
    """

    line: str
    headers: tuple[str, ...]
    body: bytes

    @property
    def target(self) -> str:
        return self.line.split(" ")[1]


class WireServer:
    """Attributes:
    url: Where it listens.
    pieces: What the next connections are answered with.
    heard: The requests since they were last cleared.
    """

    def __init__(self, listener: socket.socket) -> None:
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.pieces: Sequence[bytes] = ()
        self.heard: list[Heard] = []
        self._listener = listener

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(2)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection.makefile("rb") as reader:
            line, *headers = _head(reader.readline)
            lengths = [h.partition(":")[2] for h in headers if h.lower().startswith("content-len")]
            body = reader.read(int(lengths[0])) if lengths else b""
            self.heard.append(Heard(line, tuple(headers), body))
            for piece in self.pieces:
                connection.sendall(piece)


def _head(readline: Callable[[], bytes]) -> list[str]:
    lines = []
    while (line := readline().decode("latin-1")) not in ("\r\n", ""):
        lines.append(line.removesuffix("\r\n"))
    if not lines:
        raise OSError("nothing was sent")
    return lines


@contextlib.contextmanager
def wire_server() -> Iterator[WireServer]:
    """Run a server on a free loopback port."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        server = WireServer(listener)
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            thread.join(5)
