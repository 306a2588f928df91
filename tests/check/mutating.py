"""A reverse proxy on a real socket that builds violations of the contract into a service."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests


@dataclass
class Message:
    """A request on its way to the service, and the response on its way back.

    Attributes:
        method: The method.
        path: The path without the query.
        query: The query.
        sent: The headers of the request.
        body: The body of the request.
        status: The status of the response.
        headers: The headers of the response.
        content: The body of the response.
        hold: True to leave the response open after its body.
        cut: True to close the connection before the end of the body.
        memory: What a mutation remembers from one request to the next.
    """

    method: str
    path: str
    query: str
    sent: dict[str, str]
    body: bytes
    status: int
    headers: dict[str, str]
    content: bytes
    memory: Counter[str]
    hold: bool = False
    cut: bool = False

    def matches(self, method: str, path: str) -> bool:
        return self.method == method and re.fullmatch(path, self.path) is not None

    def edit(self, change: Callable[[Any], object]) -> None:
        """Change the JSON of the response in place."""
        value = json.loads(self.content)
        change(value)
        self.content = json.dumps(value).encode()

    def reply(self, status: int, value: object) -> None:
        """Respond with something else."""
        self.status, self.content = status, json.dumps(value).encode()
        self.headers["Content-Type"] = "application/json"


@dataclass(frozen=True)
class Mutation:
    """A violation.

    Attributes:
        name: Its name.
        service: The service that it is built into.
        before: Changes a request before it is forwarded.
        after: Changes a response.
    """

    name: str
    service: str
    after: Callable[[Message], object] = field(default=lambda message: None)
    before: Callable[[Message], object] = field(default=lambda message: None)


@contextmanager
def mutated(url: str, mutation: Mutation) -> Iterator[str]:
    """Start a proxy in front of a service, and yield its URL."""
    memory: Counter[str] = Counter()
    session = requests.Session()
    session.trust_env = False
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_request(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            path, _, query = self.path.partition("?")
            sent = {
                name: value
                for name, value in self.headers.items()
                if name not in ("Host", "Content-Length", "Connection", "Accept-Encoding")
            }
            message = Message(
                self.command, path, query, sent, self.rfile.read(length), 0, {}, b"", memory
            )
            mutation.before(message)
            address = f"{url}{message.path}" + (f"?{message.query}" if message.query else "")
            response = session.request(
                message.method, address, headers=message.sent, data=message.body
            )
            message.status, message.content = response.status_code, response.content
            message.headers = {
                name: response.headers[name]
                for name in ("Content-Type", "WWW-Authenticate", "Allow")
                if name in response.headers
            }
            mutation.after(message)
            self.send_response(message.status)
            for name, value in message.headers.items():
                self.send_header(name, value)
            if message.hold:
                self.send_header("Connection", "close")
            else:
                self.send_header("Content-Length", str(len(message.content) + message.cut))
            self.end_headers()
            self.wfile.write(message.content)
            self.close_connection |= message.cut
            if message.hold:
                self.wfile.flush()
                ended.wait(30)
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = handle_request  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
        session.close()
