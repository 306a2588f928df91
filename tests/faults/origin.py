"""The three services behind the fault proxy, which count the effects of the requests."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from support.server import Received, Reply, Server, json_reply, serving

MOVED = "/moved"
"""A prefix of a path that does not change its meaning: the tests' redirects lead there."""

GOAL = "test.faults.goal"
"""The extension of a run's status that holds the goal of the run."""

STATUS_OF_NEW_RUN = {"daemon": 202, "runtime": 200}


class Origin:
    """The services at `/daemon`, `/runtime` and `/tools`, which share their state.

    Like the first-party services they do not recognise a request that they have had before: a
    run that is submitted twice is executed twice.

    Attributes:
        effects: The number of effects by what identifies them: a run's goal, an invocation's
            id, an instance's profile, a profile's name, a canceled run's id. Writing what is
            there already and deleting what is not there has no effect.
    """

    def __init__(self, server: Server) -> None:
        self.effects: Counter[str] = Counter()
        self.address = server.address
        self._runs: dict[str, Any] = {}
        self._profiles: dict[str, Any] = {}
        self._lock = threading.Lock()
        server.plan(self._reply)

    def add_run(self, run_id: str) -> None:
        """Add a run, as if it had been submitted earlier."""
        self._keep_run(run_id, run_id)

    def add_profile(self, name: str) -> None:
        """Add a profile, as if it had been written earlier."""
        self._profiles[name] = {"description": "as it was"}

    def _reply(self, request: Received) -> Reply:
        _, service, _, *words = urlsplit(request.target).path.removeprefix(MOVED).split("/")
        with self._lock:
            match request.method, [unquote(word) for word in words]:
                case "GET", ["health"]:
                    return json_reply({"status": "ok", "time": "2026-01-01T00:00:00Z"})
                case "GET", ["runs", run_id] if run_id in self._runs:
                    return json_reply(self._runs[run_id])
                case "POST", ["runs"]:
                    run = self._start_run(request.json)
                    return json_reply(run, STATUS_OF_NEW_RUN[service])
                case "PUT", ["admin", "runtime-profiles", name]:
                    return json_reply(self._write_profile(name, request.json))
                case "DELETE", ["admin", "runtime-profiles", name]:
                    self.effects[name] += self._profiles.pop(name, None) is not None
                    return Reply(204)
                case "POST", ["runs", word] if word.endswith(":cancel"):
                    run_id = word.removesuffix(":cancel")
                    self.effects[run_id] += 1
                    return json_reply({"run_id": run_id, "state": "canceled"})
                case "POST", ["instances"]:
                    instance = self._add_instance(request.json["runtime_profile"])
                    return json_reply({"instances": [instance]})
                case "POST", ["instances:register"]:
                    instance = self._add_instance(request.json["runtime_profile"])
                    return json_reply({"instance": instance})
                case "POST", ["tool-invocations"]:
                    return json_reply(self._invoke(request.json))
        message = f"no {request.method} {request.target} here"
        return json_reply({"error": {"code": "not_found", "message": message}}, 404)

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


@contextmanager
def origin_server() -> Iterator[Origin]:
    """Run the services."""
    with serving() as server:
        yield Origin(server)
