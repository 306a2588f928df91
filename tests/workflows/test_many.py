"""`run_many` bounds concurrency, and returns independent outcomes as runs end."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from arp_sdk.core import HttpRequest, Outcome
from arp_sdk.errors import ArpConfigError, ArpRunFailed
from arp_sdk.models import RunRequest, RunResult
from support.clients import DaemonClient, RuntimeClient
from support.server import Received, Reply, Server, json_reply
from support.wire import eventually


class Busy:
    """A daemon whose runs with the goal `slow` end when they are released.

    Attributes:
        released: Ends the slow runs.
    """

    def __init__(self) -> None:
        self.goals: dict[str, str] = {}
        self.released = threading.Event()
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
        if goal == "slow" and not self.released.is_set():
            return json_reply({"run_id": run_id, "state": "running"})
        return json_reply({"run_id": run_id, "state": "failed" if goal == "fail" else "succeeded"})


def test_outcomes_come_as_runs_end_and_errors_stay_separate(server: Server) -> None:
    server.plan(busy := Busy())
    outcomes = []
    with DaemonClient(server.url) as daemon:
        for outcome in daemon.run_many(["slow", "a", "fail", "b"], max_concurrency=4):
            outcomes.append(outcome)
            if len(outcomes) == 3:
                busy.released.set()
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


def test_failed_runs_have_results_on_request(server: Server) -> None:
    server.plan(Busy())
    with DaemonClient(server.url) as daemon:
        (outcome,) = daemon.run_many(["fail"], check=False)
    assert outcome.error is None
    assert outcome.result is not None
    assert not outcome.result.ok


@pytest.mark.parametrize("limit", [1, 3])
def test_concurrency_is_limited(server: Server, limit: int) -> None:
    busy = Busy()
    server.plan(busy)
    with DaemonClient(server.url) as daemon:
        outcomes = list(daemon.run_many((str(n) for n in range(8)), max_concurrency=limit))
    assert len(outcomes) == 8
    assert busy.most <= limit


def test_requests_are_taken_as_they_are_needed(server: Server) -> None:
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


@pytest.mark.threads_only("counts threads; tasks: tests/cancellation")
def test_leaving_the_loop_starts_nothing_more_and_ends_the_threads(server: Server) -> None:
    busy = Busy()
    server.plan(busy)
    with DaemonClient(server.url) as daemon:
        for _ in daemon.run_many(["a", "slow", "slow", "slow"], max_concurrency=2):
            assert working()
            break
        busy.released.set()
        assert eventually(lambda: not working())
    assert len(busy.goals) <= 3


@pytest.mark.threads_only("a task is canceled instead: tests/cancellation")
def test_ctrl_c_ends_a_program_that_waits_for_outcomes(server: Server) -> None:
    server.plan(lambda r: json_reply({"run_id": "r", "state": "running"}))
    program = f"""
import os, signal
from arp_sdk.daemon import DaemonClient

def interrupt_once(*_):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt

def press_ctrl_c(*_):  # again and again: CPython may miss one just before it waits for a lock
    os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, interrupt_once)
daemon = DaemonClient({server.url!r}, on_response=press_ctrl_c)
try:
    next(daemon.run_many(["a", "b"], max_concurrency=3))
except KeyboardInterrupt:
    print("interrupted")
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert ran.stdout == "interrupted\n", ran.stderr
    assert ran.returncode == 0


@pytest.mark.threads_only("the code is shared")
def test_an_error_of_a_hook_is_an_outcome(server: Server) -> None:
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


def test_progress_is_reported(server: Server) -> None:
    server.plan(Busy())
    told: list[Outcome[RunRequest | str, RunResult]] = []
    with DaemonClient(server.url) as daemon:
        outcomes = list(daemon.run_many(["a", "b"], on_progress=told.append))
    assert told == outcomes


def test_an_invalid_limit_is_refused() -> None:
    with DaemonClient("http://127.0.0.1:1") as daemon, pytest.raises(ArpConfigError):
        daemon.run_many(["a"], max_concurrency=0)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_more_runs_than_connections_are_refused_before_one_starts(server: Server) -> None:
    import resource

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    with RuntimeClient(server.url) as runtime:
        with pytest.raises(ArpConfigError, match=r"ulimit -n"):
            runtime.run_many(["a"], max_concurrency=limit)
    assert server.requests == []
