"""A real HTTP server whose answers a test writes down beforehand."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from requests.structures import CaseInsensitiveDict


@dataclass(frozen=True)
class Received:
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """An answer: a body, or pieces that are sent one by one, after which the end may be missing.

    Status 0 hangs up instead.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: Iterable[bytes] | None = None
    ends: bool = True


def json_reply(value: Any, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json", **named})


def error_reply(status: int, code: str = "some_code", **fields: Any) -> Reply:
    return json_reply({"error": {"code": code, "message": "what went wrong", **fields}}, status)


class Server:
    """Answers the planned replies in turn; the last one again and again."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[Received] = []
        self.connections = 0
        self.open = 0
        self.client_certificates = 0
        self.stop: Callable[[], None] = lambda: None
        self._replies: list[Reply | Callable[[Received], Reply]] = [json_reply({})]
        self._lock = threading.Lock()

    def plan(self, *replies: Reply | Callable[[Received], Reply]) -> None:
        self._replies = list(replies)

    @property
    def last(self) -> Received:
        return self.requests[-1]

    @property
    def targets(self) -> list[str]:
        return [f"{request.method} {request.target}" for request in self.requests]

    def answer(self, request: Received) -> Reply:
        with self._lock:
            self.requests.append(request)
            reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        return reply(request) if callable(reply) else reply


@contextmanager
def serving(wrap: Callable[[ThreadingHTTPServer], None] | None = None) -> Iterator[Server]:
    """Run a server on a free loopback port; `wrap` may put its socket under TLS."""
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    httpd.daemon_threads = True
    if wrap is not None:
        wrap(httpd)
    scheme = "http" if wrap is None else "https"
    server = Server(f"{scheme}://127.0.0.1:{httpd.server_address[1]}")
    httpd.planned = server  # type: ignore[attr-defined]
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()

    def stop() -> None:
        httpd.shutdown()
        httpd.server_close()
        thread.join()

    server.stop = stop
    try:
        yield server
    finally:
        stop()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle(self) -> None:
        # A client that refuses our certificate, or goes away, ends its connection.
        self.planned.open += 1
        with suppress(OSError):
            self._start()
            super().handle()
        self.planned.open -= 1

    def _start(self) -> None:
        server = self.planned
        if isinstance(self.connection, ssl.SSLSocket):
            self.connection.do_handshake()
            server.client_certificates += bool(self.connection.getpeercert())
        server.connections += 1

    @property
    def planned(self) -> Server:
        server: Server = self.server.planned  # type: ignore[attr-defined]
        return server

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        length = int(self.headers.get("Content-Length", 0))
        received = Received(
            self.command,
            self.path,
            CaseInsensitiveDict(self.headers.items()),
            self.rfile.read(length),
        )
        reply = self.planned.answer(received)
        if reply.status == 0:
            self.close_connection = True
            return
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.pieces is not None:
            self._send_pieces(reply.pieces, reply.ends)
            return
        if "Content-Length" not in reply.headers and reply.status != 204:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)
        self.wfile.flush()

    def _send_pieces(self, pieces: Iterable[bytes], ends: bool) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        if ends:
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass
