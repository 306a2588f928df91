"""Sockets that carry HTTP/1.1: listening, connections, and messages.

The test server and the fault proxy are built on these.
"""

from __future__ import annotations

import select
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

_CHUNK = 65536
_HANDSHAKE_SECONDS = 10.0


@dataclass(frozen=True)
class Message:
    """A complete request or response.

    Attributes:
        head: Start line and headers, with the empty line that ends them.
    """

    head: bytes = b""
    body: bytes = b""

    @property
    def raw(self) -> bytes:
        """The message as it was on the wire."""
        return self.head + self.body

    @property
    def start_line(self) -> list[str]:
        """The words of the first line: `POST /path HTTP/1.1`, or `HTTP/1.1 200 OK`."""
        return self.head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)

    @property
    def header_lines(self) -> list[str]:
        """The lines of the head after the first."""
        return self.head.decode("latin-1").split("\r\n")[1:-2]

    @property
    def method(self) -> str:
        """The method of a request."""
        return self.start_line[0]

    @property
    def path(self) -> str:
        """The target of a request."""
        return self.start_line[1]


class Wire:
    """A connected socket that is read one message at a time.

    No method raises when the peer has gone.

    Attributes:
        number: The number of the connection at its server, from 1.
        open: False once this side has closed the socket.
    """

    def __init__(self, sock: socket.socket, number: int = 0) -> None:
        with suppress(OSError):  # the peer may have gone already
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.number = number
        self._buffer = bytearray()
        self.open = True

    def wait_for_data(self) -> bool:
        """Wait until the peer sends something, without reading it; False if it hangs up."""
        try:
            return bool(self._buffer or self.sock.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

    def hung_up(self) -> bool:
        """Wait until the peer closes the connection; False if it sends something instead."""
        try:
            return self.sock.recv(1) == b""
        except OSError:
            return True

    def request(self) -> bytes:
        """Read a request; empty if the peer hangs up first."""
        message = self.read_message()
        return b"" if message is None else message.raw

    def read_message(self) -> Message | None:
        """Read a message that Content-Length frames; None if the peer hangs up first."""
        try:
            while (end := self._buffer.find(b"\r\n\r\n")) < 0:
                self._receive()
                if not self._buffer[:1].isalpha():
                    return None  # TLS, not HTTP
            end += 4
            head = bytes(self._buffer[:end])
            end_of_body = end + _content_length(head)
            while len(self._buffer) < end_of_body:
                self._receive()
        except OSError:
            return None
        body = bytes(self._buffer[end:end_of_body])
        del self._buffer[:end_of_body]
        return Message(head, body)

    def _receive(self) -> None:
        data = self.sock.recv(_CHUNK)
        if not data:
            raise ConnectionError("the peer hung up")
        self._buffer += data

    def send(self, data: bytes) -> bool:
        """Send the data; False if the peer has gone."""
        try:
            self.sock.sendall(data)
        except OSError:
            self.close()
            return False
        return True

    def close(self) -> None:
        """Close the socket with a FIN, or with a RST if received data is left unread."""
        if self.open:
            self.open = False
            self.wake()
            self.sock.close()

    def reset(self) -> None:
        """Close the socket with a RST."""
        if self.open:
            self.open = False
            with suppress(OSError):
                linger = struct.pack("ii", 1, 0)
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.sock.close()

    def stall(self) -> None:
        """Send nothing more, and wait until the peer hangs up."""
        with suppress(OSError):
            while self.sock.recv(_CHUNK):
                pass
        self.close()

    def drip(self, data: bytes, interval: float) -> None:
        """Send one byte per interval, until all is sent or the peer hangs up."""
        for place in range(len(data)):
            if self._hung_up_within(interval) or not self.send(data[place : place + 1]):
                self.close()
                return

    def flood(self, piece: bytes) -> None:
        """Send the piece again and again, for as long as the peer takes it."""
        while self.send(piece):
            pass

    def wake(self) -> None:
        """Make a thread that waits for this connection find it closed."""
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def _hung_up_within(self, seconds: float) -> bool:
        readable, _, _ = select.select([self.sock], [], [], seconds)
        return bool(readable) and not self.wait_for_data()


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


class Connections:
    """Accepted connections, each served by a thread of its own."""

    def __init__(self, serve: Callable[[Wire], None], tls: ssl.SSLContext | None = None) -> None:
        self._serve = serve
        self._tls = tls
        self._lock = threading.Lock()
        self._accepted = 0
        self._wires: set[Wire] = set()
        self._threads: set[threading.Thread] = set()

    @property
    def count(self) -> int:
        """The number of open connections."""
        with self._lock:
            return len(self._wires)

    def accept(self, sock: socket.socket) -> None:
        """Serve a connection in a new thread."""
        self._accepted += 1
        wire = Wire(sock, self._accepted)
        thread = threading.Thread(target=self._run, args=(wire,), daemon=True)
        with self._lock:
            self._wires.add(wire)
            self._threads.add(thread)
        thread.start()

    def close(self) -> None:
        """Drop all connections and wait for their threads."""
        with self._lock:
            wires, threads = list(self._wires), list(self._threads)
        for wire in wires:
            wire.wake()
        for thread in threads:
            thread.join()

    def _run(self, wire: Wire) -> None:
        try:
            if self._tls is None or _handshake(wire, self._tls):
                self._serve(wire)
        except ConnectionError:
            pass  # the client went away
        finally:
            wire.close()
            with self._lock:
                self._wires.discard(wire)
                self._threads.discard(threading.current_thread())


def _handshake(wire: Wire, tls: ssl.SSLContext) -> bool:
    """Put a connection under TLS; False if the client refuses the certificate or goes away."""
    wire.sock.settimeout(_HANDSHAKE_SECONDS)
    try:
        wire.sock = tls.wrap_socket(wire.sock, server_side=True)
    except OSError:
        return False
    wire.sock.settimeout(None)
    return True


class Listener:
    """A listening socket whose thread accepts connections until it is closed."""

    def __init__(self, sock: socket.socket, accept: Callable[[socket.socket], Any]) -> None:
        sock.listen(128)
        self._socket = sock
        self._accept = accept
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            ready, _, _ = select.select([self._socket, self._woken], [], [])
            if self._woken in ready:
                return
            sock, _ = self._socket.accept()
            self._accept(sock)

    def close(self) -> None:
        """Stop accepting connections; doing it again has no effect."""
        if self._thread.is_alive():
            self._wake.send(b".")
            self._thread.join()
            for sock in (self._socket, self._wake, self._woken):
                sock.close()


def eventually(condition: Callable[[], object], seconds: float = 10.0) -> bool:
    """Wait until the condition holds: one end of a connection sees late what the other does.

    Returns:
        False if it does not hold in time.
    """
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.001)
    return True
