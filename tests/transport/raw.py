"""A server that does with each connection what a test says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Serve = Callable[[socket.socket], None]

HEALTH = b'{"status":"ok","time":"2024-01-01T00:00:00Z"}'


def ok(body: bytes = HEALTH, *lines: bytes) -> bytes:
    """Return a success response with a Content-Length, after more lines of the head."""
    head = b"".join(b"%s\r\n" % line for line in lines)
    length = b"Content-Length: %d" % len(body)
    return b"HTTP/1.1 200 OK\r\n%s%s\r\n\r\n%s" % (head, length, body)


@dataclass
class RawServer:
    port: int
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    finished: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def read_request(self, connection: socket.socket) -> bytes:
        """Return the head of the next request; none at the end."""
        received = b""
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65536)
            if not piece:
                return b""
            received += piece
        self.requests.append(received)
        return received


@contextmanager
def raw_server(serve: Callable[[RawServer, socket.socket], None]) -> Iterator[RawServer]:
    """Run a server; each connection is served in a thread of its own, and then closed."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = RawServer(listener.getsockname()[1])
    threads: list[threading.Thread] = []
    accepted: list[socket.socket] = []

    def work(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            serve(server, connection)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if server.finished.is_set():
                connection.close()
                return
            server.connections += 1
            accepted.append(connection)
            thread = threading.Thread(target=work, args=(connection,))
            threads.append(thread)
            thread.start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield server
    finally:
        server.finished.set()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", server.port)).close()
        acceptor.join()
        listener.close()
        for connection in accepted:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


def respond_with(response: bytes) -> Callable[[RawServer, socket.socket], None]:
    """Serve each request of a connection with the same bytes, and keep it open."""

    def serve(server: RawServer, connection: socket.socket) -> None:
        while server.read_request(connection):
            connection.sendall(response)

    return serve
