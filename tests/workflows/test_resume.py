"""Many runs that were begun before, and the value of an outcome."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from arp_sdk.errors import ArpRunFailed, ArpValidationError
from arp_sdk.models import RunRequest, RunRequestInput
from support.clients import DaemonClient
from support.server import Received, Reply, Server, error_reply, json_reply


class Service:
    """A daemon that knows some runs, and remembers those that are submitted."""

    def __init__(self, *known: str) -> None:
        self.known = set(known)
        self.submitted: list[str] = []
        self._lock = threading.Lock()

    def __call__(self, request: Received) -> Reply:
        if request.method == "POST":
            run_id = request.json["run_id"]
            with self._lock:
                self.known.add(run_id)
                self.submitted.append(run_id)
            return json_reply({"run_id": run_id, "state": "succeeded"}, 202)
        run_id, _, what = request.target.removeprefix("/v1/runs/").partition("/")
        if run_id not in self.known:
            return error_reply(404, "not_found")
        if what:
            return json_reply({"run_id": run_id, "ok": run_id != "bad", "output": {"of": run_id}})
        return json_reply({"run_id": run_id, "state": "failed" if run_id == "bad" else "succeeded"})


def request(run_id: str) -> RunRequest:
    return RunRequest(run_id=run_id, input=RunRequestInput(goal=f"do {run_id}"))


def outcomes(server: Server, requests: list[Any], **options: Any) -> list[Any]:
    with DaemonClient(server.url, retries=0) as daemon:
        found = list(daemon.run_many(requests, **options))
    return sorted(found, key=lambda outcome: outcome.index)


def test_runs_that_the_service_knows_are_not_submitted_again(server: Server) -> None:
    service = Service("a", "c")
    server.plan(service)
    found = outcomes(server, [request(each) for each in "abcd"], resume=True)
    assert [outcome.value().output for outcome in found] == [{"of": each} for each in "abcd"]
    assert sorted(service.submitted) == ["b", "d"]


def test_a_request_without_an_id_cannot_be_resumed(server: Server) -> None:
    server.plan(Service())
    (found,) = outcomes(server, ["no id"], resume=True)
    with pytest.raises(ArpValidationError, match="run_id: is required by resume=True"):
        found.value()


def test_the_value_of_a_failed_run_is_its_error(server: Server) -> None:
    server.plan(Service())
    good, bad = outcomes(server, [request("good"), request("bad")])
    assert good.value().output == {"of": "good"}
    with pytest.raises(ArpRunFailed):
        bad.value()
