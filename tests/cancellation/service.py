"""The three services on one socket, where each call takes a few requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

from support.events import EVENT_STREAM, sse
from support.server import Received, Reply, error_reply, json_reply

JSON = {"Content-Type": "application/json"}
VERSION = b'{"service_name": "s", "service_version": "1", "supported_api_versions": ["v1"]}'
# Unlike 503 alone, this says that the request had no effect.
LATER = json_reply({}, 503, Retry_After="0")
TOOL = {
    "tool_id": "t",
    "name": "echo",
    "input_schema": {"type": "object"},
    "source": "registry_local",
}


class Service:
    """Responds to every operation; the first response to each request is a transient error.

    Attributes:
        instances: The states of the instances that were created and not deleted, by id.
    """

    def __init__(self) -> None:
        self.instances: dict[str, str] = {}
        self._seen: set[tuple[str, str]] = set()
        self._polls: dict[str, int] = {}
        self._created = 0
        self._lock = threading.Lock()

    def __call__(self, request: Received) -> Reply:
        path = request.target.partition("?")[0]
        with self._lock:
            if (request.method, request.target) not in self._seen and path != "/v1/runs/r/events":
                self._seen.add((request.method, request.target))
                doubtful = request.method == "GET" or path == "/v1/runs"
                return error_reply(503, "busy") if doubtful else LATER
            return self._respond(request, path)

    def _respond(self, request: Received, path: str) -> Reply:
        if path == "/v1/health":
            return json_reply({"status": "ok", "time": "2026-01-01T00:00:00Z"})
        if path == "/v1/version":
            return Reply(200, headers=JSON, pieces=_slowly(VERSION))
        if path == "/v1/instances":
            return self._instances(request)
        if path.startswith("/v1/instances/"):
            found = self.instances.pop(path.rpartition("/")[2], None)
            return Reply(204) if found else error_reply(404)
        if path.startswith("/v1/tool"):
            return self._tools(request, path)
        return self._runs(request, path)

    def _instances(self, request: Received) -> Reply:
        if request.method == "POST":
            names = [f"i{self._created + n}" for n in range(request.json["count"])]
            self._created += len(names)
            self.instances |= dict.fromkeys(names, "starting")
            return json_reply({"instances": self._listed(names)})
        listed = self._listed(list(self.instances))
        self.instances = dict.fromkeys(self.instances, "ready")
        return json_reply({"instances": listed})

    def _listed(self, names: list[str]) -> list[dict[str, Any]]:
        url = "http://127.0.0.1:1"
        return [
            {"instance_id": name, "state": self.instances[name], "runtime_api_endpoint": url}
            for name in names
        ]

    def _tools(self, request: Received, path: str) -> Reply:
        if request.method == "POST":
            return json_reply({"invocation_id": "i", "ok": True, "result": {"value": 1}})
        return json_reply([TOOL] if path == "/v1/tools" else TOOL)

    def _runs(self, request: Received, path: str) -> Reply:
        if request.method == "POST":
            run_id = request.json["run_id"]
            self._polls[run_id] = 0
            return json_reply({"run_id": run_id, "state": "queued"}, 202)
        if path == "/v1/runs":
            last = "page_token" in request.target
            listed = [{"run_id": "r", "state": "running"}] * 2
            token = None if last else "next"
            return json_reply({"runs": listed, "pagination": {"next_page_token": token}})
        run_id = path.split("/")[3]
        if path.endswith("/result"):
            return json_reply({"run_id": run_id, "ok": True})
        if path.endswith("/events"):
            return _events(request)
        if run_id not in self._polls:
            return error_reply(404)
        self._polls[run_id] += 1
        state = "running" if self._polls[run_id] < 2 else "succeeded"
        return json_reply({"run_id": run_id, "state": state})


def _slowly(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 30):
        time.sleep(0.002)
        yield body[start : start + 30]


def _events(request: Received) -> Reply:
    """Send two events, the second one after the stream broke and was reopened."""
    first = not request.headers.get("Last-Event-ID")
    piece = sse(0) if first else sse(1, "final")
    return Reply(200, b"", EVENT_STREAM, [piece], ends=not first)
