"""A server that does what the three services do, and counts what it has done."""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

MOVED = "/moved"
"""What a path may begin with and mean the same: where the tests' redirects lead."""

GOAL = "test.faults.goal"
"""The extension of a run's status that says what the run is for."""

STATUS_OF_NEW_RUN = {"daemon": 202, "runtime": 200}

Answer = tuple[int, Any]


class Origin:
    """A keep-alive HTTP/1.1 server on a port of its own.

    The services are at `/daemon`, `/runtime` and `/tools`, and share their state. Like the
    first-party services it does not recognise a request that it has had before: a run that is
    submitted twice is executed twice.

    Attributes:
        effects: How often each effect was had, by what identifies it: a run's goal, an
            invocation's id, an instance's profile, a profile's name, a cancelled run's id.
            Writing what is there already and deleting what is not there has no effect.
    """

    def __init__(self) -> None:
        self.effects: Counter[str] = Counter()
        self._runs: dict[str, Any] = {}
        self._profiles: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), partial(_Handler, self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        host, port = self._server.server_address[:2]
        return str(host), port

    def close(self) -> None:
        """Stop, and hang up on whoever is connected."""
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()

    def add_run(self, run_id: str) -> None:
        """Let there be a run, as if it had been submitted long ago."""
        self._keep_run(run_id, run_id)

    def add_profile(self, name: str) -> None:
        """Let there be a profile, as if it had been written long ago."""
        self._profiles[name] = {"description": "as it was"}

    def answer(self, method: str, path: str, body: Any) -> Answer:
        """Do what a request asks for."""
        _, service, _, *words = urlsplit(path).path.removeprefix(MOVED).split("/")
        with self._lock:
            match method, [unquote(word) for word in words]:
                case "GET", ["health"]:
                    return 200, {"status": "ok", "time": "2026-01-01T00:00:00Z"}
                case "GET", ["runs", run_id] if run_id in self._runs:
                    return 200, self._runs[run_id]
                case "POST", ["runs"]:
                    return STATUS_OF_NEW_RUN[service], self._start_run(body)
                case "PUT", ["admin", "runtime-profiles", name]:
                    return 200, self._write_profile(name, body)
                case "DELETE", ["admin", "runtime-profiles", name]:
                    return self._delete_profile(name)
                case "POST", ["runs", word] if word.endswith(":cancel"):
                    return self._cancel(word.removesuffix(":cancel"))
                case "POST", ["instances"]:
                    return 200, {"instances": [self._add_instance(body["runtime_profile"])]}
                case "POST", ["instances:register"]:
                    return 200, {"instance": self._add_instance(body["runtime_profile"])}
                case "POST", ["tool-invocations"]:
                    return 200, self._invoke(body)
        error = {"code": "not_found", "message": f"no {method} {path} here"}
        return 404, {"error": error}

    def _start_run(self, body: Any) -> Any:
        run_id, goal = body["run_id"], body["input"]["goal"]
        self.effects[goal] += 1
        return self._keep_run(run_id, goal)

    def _keep_run(self, run_id: str, goal: str) -> Any:
        run = {"run_id": run_id, "state": "running", "extensions": {GOAL: goal}}
        self._runs[run_id] = run
        return run

    def _write_profile(self, name: str, body: Any) -> Any:
        if self._profiles.get(name) != body:
            self.effects[name] += 1
        self._profiles[name] = body
        return {"runtime_profile": name, **body}

    def _delete_profile(self, name: str) -> Answer:
        if self._profiles.pop(name, None) is not None:
            self.effects[name] += 1
        return 204, None

    def _cancel(self, run_id: str) -> Answer:
        self.effects[run_id] += 1
        return 200, {"run_id": run_id, "state": "canceled"}

    def _add_instance(self, profile: str) -> Any:
        self.effects[profile] += 1
        return {
            "instance_id": f"{profile}-{self.effects[profile]}",
            "state": "starting",
            "runtime_profile": profile,
            "runtime_api_endpoint": "http://127.0.0.1:9",
        }

    def _invoke(self, body: Any) -> Any:
        self.effects[body["invocation_id"]] += 1
        return {"invocation_id": body["invocation_id"], "ok": True, "result": body["args"]}


class _Server(ThreadingHTTPServer):
    # Its threads are joined when it closes, so that a test can count those that are left.
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, *args: Any) -> None:
        self._sockets: set[socket.socket] = set()
        super().__init__(*args)

    def get_request(self) -> tuple[socket.socket, Any]:
        sock, address = super().get_request()
        self._sockets.add(sock)
        return sock, address

    def shutdown_request(self, request: Any) -> None:
        self._sockets.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        for sock in list(self._sockets):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: connections that break are what this is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def __init__(self, origin: Origin, *args: Any) -> None:
        self._origin = origin
        super().__init__(*args)

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length)) if length else None
        status, value = self._origin.answer(self.command, self.path, body)
        content = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        if value is not None:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    do_GET = do_PUT = do_POST = do_DELETE = _handle  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
