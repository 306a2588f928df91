"""Many runs at once: bounded, each on its own, in the order in which they end."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from arp_sdk.core import HttpRequest, Outcome
from arp_sdk.errors import ArpConfigError, ArpRunFailed
from arp_sdk.models import RunRequest, RunResult
from support.clients import DaemonClient
from support.server import Received, Reply, Server, json_reply


class Busy:
    """A daemon that counts how many runs are at work at once; goals say how long and how well."""

    def __init__(self) -> None:
        self.goals: dict[str, str] = {}
        self.at_once = self.most = 0
        self._lock = threading.Lock()

    def __call__(self, request: Received) -> Reply:
        if request.method == "POST":
            run_id = request.json["run_id"]
            self.goals[run_id] = request.json["input"]["goal"]
            with self._lock:
                self.at_once += 1
                self.most = max(self.most, self.at_once)
            return json_reply({"run_id": run_id, "state": "running"}, 202)
        run_id = request.target.split("/")[3]
        goal = self.goals[run_id]
        if request.target.endswith("/result"):
            with self._lock:
                self.at_once -= 1
            return json_reply({"run_id": run_id, "ok": goal != "fail", "output": {"goal": goal}})
        if goal == "slow":
            time.sleep(0.3)
        return json_reply({"run_id": run_id, "state": "failed" if goal == "fail" else "succeeded"})


def test_results_come_as_they_end_and_errors_stay_apart(server: Server) -> None:
    server.plan(Busy())
    with DaemonClient(server.url) as daemon:
        outcomes = list(daemon.run_many(["slow", "a", "fail", "b"], max_concurrency=4))
    assert sorted(outcome.index for outcome in outcomes) == [0, 1, 2, 3]
    assert outcomes[-1].request == "slow"
    by_request = {outcome.request: outcome for outcome in outcomes}
    failed = by_request["fail"]
    assert isinstance(failed.error, ArpRunFailed)
    assert failed.result is None
    for name in ("a", "b", "slow"):
        result = by_request[name].result
        assert result is not None
        assert result.output == {"goal": name}


def test_failed_runs_are_results_on_request(server: Server) -> None:
    server.plan(Busy())
    with DaemonClient(server.url) as daemon:
        (outcome,) = daemon.run_many(["fail"], check=False)
    assert outcome.error is None
    assert outcome.result is not None
    assert not outcome.result.ok


@pytest.mark.parametrize("limit", [1, 3, 8])
def test_no_more_than_the_limit_at_once(server: Server, limit: int) -> None:
    busy = Busy()
    server.plan(busy)
    with DaemonClient(server.url) as daemon:
        outcomes = list(daemon.run_many((str(n) for n in range(24)), max_concurrency=limit))
    assert len(outcomes) == 24
    assert busy.most <= limit


def test_requests_are_taken_as_there_is_room(server: Server) -> None:
    server.plan(Busy())
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        for number in itertools.count():
            taken = number + 1
            yield str(number)

    with DaemonClient(server.url) as daemon:
        outcomes = daemon.run_many(endless(), max_concurrency=2)
        first = [next(outcomes) for _ in range(5)]
        outcomes.close()
    assert len(first) == 5
    assert taken <= 5 + 2


def working() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("arp-run")]


@pytest.mark.threads_only("threads are what it looks at; tasks: tests/cancellation")
def test_leaving_the_loop_begins_nothing_more_and_waits_for_nothing(server: Server) -> None:
    busy = Busy()
    server.plan(busy)
    with DaemonClient(server.url) as daemon:
        for _ in daemon.run_many(["a", "slow", "slow", "slow"], max_concurrency=2):
            assert working()
            break
        for _ in range(200):
            if not working():
                break
            time.sleep(0.05)
    assert not working()
    assert len(busy.goals) <= 3


@pytest.mark.threads_only("a task is canceled instead: tests/cancellation")
def test_a_program_that_leaves_it_half_way_can_end(server: Server) -> None:
    server.plan(lambda r: json_reply({"run_id": "r", "state": "running"}))
    program = f"""
from arp_sdk.daemon import DaemonClient
daemon = DaemonClient({server.url!r})
outcomes = daemon.run_many(["a", "b"], max_concurrency=3)
try:
    import threading
    threading.Timer(0.3, lambda: __import__("os").kill(__import__("os").getpid(), 2)).start()
    next(outcomes)
except KeyboardInterrupt:
    print("interrupted")
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=False
    )
    assert ran.stdout == "interrupted\n", ran.stderr
    assert ran.returncode == 0


def test_an_error_of_a_hook_is_kept_apart_too(server: Server) -> None:
    server.plan(Busy())

    def hook(request: HttpRequest) -> None:
        # In quotes: the id of a run is hexadecimal.
        if b'"bad"' in (request.body or b""):
            raise RuntimeError("of the hook")

    with DaemonClient(server.url, on_request=hook) as daemon:
        outcomes = list(daemon.run_many(["a", "bad", "b"]))
    errors = {outcome.request: outcome.error for outcome in outcomes}
    assert (errors["a"], errors["b"]) == (None, None)
    assert isinstance(errors["bad"], RuntimeError)


def test_progress_is_told(server: Server) -> None:
    server.plan(Busy())
    told: list[Outcome[RunRequest | str, RunResult]] = []
    with DaemonClient(server.url) as daemon:
        outcomes = list(daemon.run_many(["a", "b"], on_progress=told.append))
    assert told == outcomes


def test_the_limit_must_make_sense() -> None:
    with DaemonClient("http://127.0.0.1:1") as daemon, pytest.raises(ArpConfigError):
        daemon.run_many(["a"], max_concurrency=0)
