"""Runs that are mapped over processes are submitted once, even if a process is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import pytest

from arp_sdk.daemon import DaemonClient
from sandbox.process import Process, sandbox_process

from .mapping import BATCH, EXAMPLES, THREADS, WORKERS, Outcome, mapping
from .recorder import Recorder, recording

pytestmark = pytest.mark.full  # starting a cluster is slow

TOKEN = "t0ken-of-this-test"
RUNS = 100
# With so many results, a batch is complete, whichever worker fetched them.
BEFORE = WORKERS * THREADS * (BATCH - 1) + 1
# With so many runs in progress, each worker has one.
HELD = (WORKERS - 1) * THREADS + 1

ASYNC_BATCH = 10
# Two workers with two batches each.
ASYNC_HELD = 2 * 2 * ASYNC_BATCH
no_ray = pytest.mark.skipif(find_spec("ray") is None, reason="needs ray: pip install ray")


@pytest.fixture(params=["dask", pytest.param("ray", marks=no_ray)])
def asynchronous(request: pytest.FixtureRequest) -> list[str]:
    return [
        "scale_out_async.py",
        f"--on={request.param}",
        "--workers=2",
        f"--batch={ASYNC_BATCH}",
    ]


@pytest.fixture
def daemon() -> Iterator[Process]:
    with sandbox_process("--token", TOKEN, "--latency", "0.002") as running:
        yield running


@pytest.fixture
def recorder(daemon: Process) -> Iterator[Recorder]:
    with recording(daemon.daemon_url) as running:
        running.hold_after(BEFORE)
        yield running


def check_results(outcomes: list[Outcome]) -> None:
    assert {each.goal: each.output for each in outcomes} == {
        f"What is ({n}*{n})?": {"final_text": f"{n}*{n} = {float(n * n)}"} for n in range(RUNS)
    }
    assert len(outcomes) == RUNS
    assert {each.error for each in outcomes} == {None}


def check_submissions(recorder: Recorder, daemon: Process, outcomes: list[Outcome]) -> None:
    ids = [each.run_id for each in outcomes]
    assert recorder.submitted == Counter(ids)
    assert max(recorder.submitted.values()) == 1
    with DaemonClient(daemon.daemon_url, auth=TOKEN) as client:
        assert sorted(run.run_id for run in client.iter_runs()) == sorted(ids)


def test_runs_of_a_killed_worker_are_submitted_once(
    daemon: Process, recorder: Recorder, tmp_path: Path
) -> None:
    with mapping(recorder.server.url, TOKEN, RUNS, tmp_path / "log") as running:
        outcomes = running.take(BATCH)
        recorder.wait_until_held(HELD)
        os.kill(outcomes[0].process, signal.SIGKILL)
        recorder.release()
        outcomes += running.rest()

    check_results(outcomes)
    check_submissions(recorder, daemon, outcomes)
    # Others have found the runs that it had begun.
    assert any(each.found for each in outcomes)
    assert recorder.server.connections <= (WORKERS + 1) * THREADS


def test_runs_of_a_killed_program_are_submitted_once(
    daemon: Process, recorder: Recorder, tmp_path: Path
) -> None:
    with mapping(recorder.server.url, TOKEN, RUNS, tmp_path / "first") as running:
        before = running.take(BATCH)
        recorder.wait_until_held(HELD)
        before += running.kill()
        recorder.release()
    begun = set(recorder.submitted)
    with mapping(recorder.server.url, TOKEN, RUNS, tmp_path / "second") as again:
        outcomes = again.rest()

    assert BEFORE + HELD <= len(begun) < RUNS
    assert {each.run_id for each in outcomes if each.found} == begun
    check_results(outcomes)
    check_submissions(recorder, daemon, outcomes)
    outputs = {each.run_id: each.output for each in outcomes}
    assert all(outputs[each.run_id] == each.output for each in before)


def test_batches_of_a_killed_worker_are_submitted_once(
    daemon: Process, recorder: Recorder, tmp_path: Path, asynchronous: list[str]
) -> None:
    recorder.hold_after(0)
    with mapping(recorder.server.url, TOKEN, RUNS, tmp_path / "log", asynchronous) as running:
        recorder.wait_until_held(ASYNC_HELD)
        processes = psutil.Process(running.process.pid).children(recursive=True)
        names = {each.pid: " ".join(each.cmdline()) for each in processes}
        workers = [pid for pid, name in names.items() if "spawn_main" in name or "Holder" in name]
        assert len(workers) == 2
        os.kill(workers[0], signal.SIGKILL)
        recorder.release()
        outcomes = running.rest()

    check_results(outcomes)
    check_submissions(recorder, daemon, outcomes)
    assert workers[0] not in {each.process for each in outcomes}


def test_batches_of_a_killed_program_are_submitted_once(
    daemon: Process, recorder: Recorder, tmp_path: Path, asynchronous: list[str]
) -> None:
    recorder.hold_after(0)
    with mapping(recorder.server.url, TOKEN, RUNS, tmp_path / "first", asynchronous) as running:
        recorder.wait_until_held(ASYNC_HELD)
        assert running.kill() == []
        recorder.release()
    assert len(recorder.submitted) == ASYNC_HELD
    with mapping(recorder.server.url, TOKEN, RUNS, tmp_path / "second", asynchronous) as again:
        outcomes = again.rest()

    check_results(outcomes)
    check_submissions(recorder, daemon, outcomes)


def test_workers_receive_secrets_only_on_request(daemon: Process) -> None:
    program = Path(__file__).with_name("on_workers.py")
    ran = subprocess.run(
        [sys.executable, str(program), daemon.daemon_url, TOKEN],
        env={**os.environ, "PYTHONPATH": str(EXAMPLES)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    report: dict[str, Any] = json.loads(ran.stdout)

    plain, asked = report["plain"], report["asked"]
    assert plain["place"] and asked["place"]
    assert not plain["secret"] and asked["secret"]
    assert all("[401]" in error for error in plain["errors"])
    assert [error for error in asked["errors"] if error is not None] == []
    assert plain["clients"] == asked["clients"] == [1, 1]
    before, died, after = report["died"]
    assert before is None and "died" in died and after is None
