"""A server whose connections a test serves itself, for bytes that no HTTP library would send."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from .server import chunk
from .wire import Connections, Listener
from .wire import Wire as Peer

__all__ = ["Peer", "chunked", "raw_server", "response"]


@contextmanager
def raw_server(serve: Callable[[Peer], None]) -> Iterator[str]:
    """Serve each connection by a function of the test, in a thread of its own.

    Yields:
        The URL to connect to.
    """

    def serve_until_closed(peer: Peer) -> None:
        with suppress(OSError):
            serve(peer)

    connections = Connections(serve_until_closed)
    sock = socket.create_server(("127.0.0.1", 0))
    port = sock.getsockname()[1]
    listener = Listener(sock, connections.accept)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        listener.close()
        connections.close()


def response(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """Build a response with a Content-Length."""
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def chunked(body: bytes, *headers: bytes) -> bytes:
    """Build a response in one chunk."""
    lines = [b"HTTP/1.1 200 OK", b"Transfer-Encoding: chunked", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + chunk(body) + chunk(b"")
