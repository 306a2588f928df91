"""One end of a TCP connection that carries HTTP/1.1, and what can be done to it."""

from __future__ import annotations

import select
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass

_CHUNK = 65536


@dataclass(frozen=True)
class Message:
    """A request or an answer, whole.

    Attributes:
        head: Start line and headers, with the empty line that ends them.
        body: What came after the head.
    """

    head: bytes = b""
    body: bytes = b""

    @property
    def raw(self) -> bytes:
        """The message as it was on the wire."""
        return self.head + self.body

    @property
    def start_line(self) -> list[str]:
        """The first line's words: `POST /path HTTP/1.1`, or `HTTP/1.1 200 OK`."""
        return self.head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)

    @property
    def method(self) -> str:
        """Of a request."""
        return self.start_line[0]

    @property
    def path(self) -> str:
        """Of a request."""
        return self.start_line[1]

    @property
    def status(self) -> int:
        """Of an answer."""
        return int(self.start_line[1])


class Wire:
    """A connected socket, read by message. Nothing here raises when the peer has gone.

    Attributes:
        open: Whether this side has not closed it.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self._buffer = b""
        self.open = True

    def wait_for_data(self) -> bool:
        """Wait for the peer to send something, without reading it; False if it hangs up."""
        try:
            return bool(self._buffer or self._sock.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

    def read_message(self) -> Message | None:
        """The next message, framed by its Content-Length; None if the peer hangs up first."""
        try:
            while b"\r\n\r\n" not in self._buffer:
                self._receive()
            head, _, rest = self._buffer.partition(b"\r\n\r\n")
            length = _content_length(head)
            self._buffer = rest
            while len(self._buffer) < length:
                self._receive()
        except OSError:
            return None
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return Message(head + b"\r\n\r\n", body)

    def _receive(self) -> None:
        data = self._sock.recv(_CHUNK)
        if not data:
            raise ConnectionError("the peer hung up")
        self._buffer += data

    def send(self, data: bytes) -> bool:
        """Send it; False if the peer has gone."""
        try:
            self._sock.sendall(data)
        except OSError:
            self.close()
            return False
        return True

    def close(self) -> None:
        """Close it with a FIN, unless something is left unread: then the kernel resets it."""
        if self.open:
            self.open = False
            self.wake()
            self._sock.close()

    def reset(self) -> None:
        """Close it with a RST."""
        if self.open:
            self.open = False
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._sock.close()

    def stall(self) -> None:
        """Say nothing more, until the peer hangs up."""
        with suppress(OSError):
            while self._sock.recv(_CHUNK):
                pass
        self.close()

    def drip(self, data: bytes, interval: float) -> None:
        """Send a byte at a time, until all is sent or the peer hangs up."""
        for place in range(len(data)):
            if self._hung_up_within(interval) or not self.send(data[place : place + 1]):
                self.close()
                return

    def flood(self, piece: bytes) -> None:
        """Send it again and again, for as long as the peer takes it."""
        while self.send(piece):
            pass

    def wake(self) -> None:
        """Let a thread that waits for this connection find it closed."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def _hung_up_within(self, seconds: float) -> bool:
        readable, _, _ = select.select([self._sock], [], [], seconds)
        return bool(readable) and not self.wait_for_data()


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0
