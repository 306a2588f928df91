"""The HTTP/1.1 server of the tests: a real socket whose responses a test plans beforehand."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from requests.structures import CaseInsensitiveDict

from .wire import Connections, Listener, Message, Wire


@dataclass(frozen=True)
class Received:
    """A request that the server received.

    Attributes:
        headers: Its headers; names are not case-sensitive.
    """

    message: Message
    headers: Mapping[str, str]

    @property
    def method(self) -> str:
        return self.message.method

    @property
    def target(self) -> str:
        return self.message.path

    @property
    def body(self) -> bytes:
        return self.message.body

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Response(Protocol):
    """Anything that the server can do in response to a request."""

    def send(self, wire: Wire) -> None:
        """Send it."""


@dataclass(frozen=True)
class Reply:
    """An HTTP response.

    Attributes:
        headers: Headers; Content-Length is added where it is missing.
        pieces: The chunks of a chunked body, instead of `body`.
        ends: False to hang up after `pieces`, without the chunk that ends the body.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: Iterable[bytes] | None = None
    ends: bool = True

    def send(self, wire: Wire) -> None:
        lines = [f"HTTP/1.1 {self.status} {http.client.responses.get(self.status, '')}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.pieces is not None:
            lines.append("Transfer-Encoding: chunked")
        elif "Content-Length" not in self.headers and self.status != 204:
            lines.append(f"Content-Length: {len(self.body)}")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        if self.pieces is None:
            wire.send(head + self.body)
            return
        wire.send(head)
        for piece in self.pieces:
            if not wire.send(chunk(piece)):
                return
        if self.ends:
            wire.send(chunk(b""))
        else:
            wire.close()


@dataclass(frozen=True)
class Raw:
    """Bytes that need not be HTTP, after which the server hangs up."""

    pieces: Sequence[bytes]

    def send(self, wire: Wire) -> None:
        for piece in self.pieces:
            wire.send(piece)
        wire.close()


@dataclass(frozen=True)
class Act:
    """Something that is done to the connection instead of sending a response."""

    do: Callable[[Wire], object]

    def send(self, wire: Wire) -> None:
        self.do(wire)


HANG_UP = Act(Wire.close)
RESET = Act(Wire.reset)
SILENCE = Act(Wire.stall)


def chunk(data: bytes) -> bytes:
    """Frame data as one chunk of a chunked body; no data ends the body."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def json_reply(value: Any, status: int = 200, **headers: str) -> Reply:
    """Return a response with a JSON body; `X_A="b"` adds the header `X-A: b`."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json", **named})


def error_reply(status: int, code: str = "some_code", **fields: Any) -> Reply:
    """Return a response with an ErrorEnvelope."""
    return json_reply({"error": {"code": code, "message": "what went wrong", **fields}}, status)


Step = Response | Callable[[Received], Response]


class Server:
    """Sends the planned responses in turn, and the last one again and again.

    Each connection is kept alive and has a thread of its own, so that a planned function may
    wait for something before it returns a response.

    Attributes:
        connections: The number of connections so far, once the TLS handshake is done.
        client_certificates: The number of connections for which the client sent a certificate.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Received] = []
        self.connections = 0
        self.client_certificates = 0
        self._steps: list[Step] = [json_reply({})]
        self._lock = threading.Lock()
        self._served = Connections(self._serve, tls)
        listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = listener.getsockname()
        self.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{self.address[1]}"
        self._listener = Listener(listener, self._served.accept)

    def plan(self, *steps: Step) -> None:
        """Set the responses: ready ones, or functions that make one for the request."""
        self._steps = list(steps)

    @property
    def open(self) -> int:
        """The number of open connections."""
        return self._served.count

    @property
    def last(self) -> Received:
        """The last request."""
        return self.requests[-1]

    @property
    def targets(self) -> list[str]:
        """Method and target of each request."""
        return [f"{request.method} {request.target}" for request in self.requests]

    def stop(self) -> None:
        """Stop listening, and hang up on the clients; doing it again has no effect."""
        self._listener.close()
        self._served.close()

    def _serve(self, wire: Wire) -> None:
        with self._lock:
            self.connections += 1
            if isinstance(wire.sock, ssl.SSLSocket):
                self.client_certificates += bool(wire.sock.getpeercert())
        while wire.open and (message := wire.read_message()) is not None:
            received = Received(message, _headers(message))
            with self._lock:
                self.requests.append(received)
                step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
            response = step(received) if callable(step) else step
            response.send(wire)


def _headers(message: Message) -> Mapping[str, str]:
    pairs = (line.partition(":") for line in message.header_lines)
    return CaseInsensitiveDict((name, value.strip()) for name, _, value in pairs)


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run a server on a free loopback port; it starts and stops in less than a millisecond."""
    server = Server(tls)
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def closed_port() -> str:
    """Return the URL of a port that refuses connections."""
    return f"http://127.0.0.1:{free_port()}"


@contextmanager
def silent_port() -> Iterator[str]:
    """Listen on a port, and read nothing that is sent there."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
