"""A server that a test drives byte by byte, for what no HTTP library would send."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


class Peer:
    """The server's end of one connection.

    Attributes:
        number: Which connection this is, counted from 1.
    """

    def __init__(self, sock: socket.socket, number: int) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.number = number
        self._rest = b""

    def request(self) -> bytes:
        """Read the next request with its body; empty when the client hangs up."""
        data = self._rest
        while b"\r\n\r\n" not in data:
            more = self.sock.recv(65536)
            if not more:
                return b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length":
                length = int(value)
        while len(body) < length:
            body += self.sock.recv(65536)
        self._rest = body[length:]
        return head + b"\r\n\r\n" + body[:length]

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.sock.sendall(data)

    def hung_up(self) -> bool:
        """Wait for the client to close the connection; False if it sends something instead."""
        return self.sock.recv(1) == b""


@contextmanager
def raw_server(serve: Callable[[Peer], None]) -> Iterator[str]:
    """Run `serve` for each connection, in a thread of its own; the URL to connect to."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def handle(peer: Peer) -> None:
        with peer.sock, suppress(OSError):
            serve(peer)

    def accept() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=handle, args=(Peer(sock, len(threads) + 1),))
            threads.append(thread)
            thread.start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        # Wakes the thread that accepts, which closing alone does not.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
        for thread in threads:
            thread.join()


def response(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """A response with a Content-Length."""
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def chunked(body: bytes, *headers: bytes) -> bytes:
    """A response in one chunk."""
    lines = [b"HTTP/1.1 200 OK", b"Transfer-Encoding: chunked", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
