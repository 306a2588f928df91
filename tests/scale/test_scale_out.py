"""Runs that are mapped over several processes are each submitted once, whoever is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from arp_sdk.daemon import DaemonClient
from sandbox.process import Process, sandbox_process

from .mapping import BATCH, EXAMPLE, THREADS, WORKERS, Outcome, mapping
from .recorder import Recorder, recording

TOKEN = "t0ken-of-this-test"
# So many results that a batch is complete, whoever fetched them.
BEFORE = WORKERS * THREADS * (BATCH - 1) + 1
# So many runs at once that each worker has begun one that has not ended.
HELD = (WORKERS - 1) * THREADS + 1


@pytest.fixture
def daemon() -> Iterator[Process]:
    with sandbox_process("--token", TOKEN, "--latency", "0.002") as running:
        yield running


@pytest.fixture
def recorder(daemon: Process) -> Iterator[Recorder]:
    with recording(daemon.daemon_url) as running:
        running.hold_after(BEFORE)
        yield running


@pytest.fixture(
    params=[100, pytest.param(2000, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])]
)
def runs(request: pytest.FixtureRequest) -> int:
    count: int = request.param
    return count


def check_results(outcomes: list[Outcome], runs: int) -> None:
    assert {each.goal: each.output for each in outcomes} == {
        f"What is ({n}*{n})?": {"final_text": f"{n}*{n} = {float(n * n)}"} for n in range(runs)
    }
    assert len(outcomes) == runs
    assert {each.error for each in outcomes} == {None}


def check_submissions(recorder: Recorder, daemon: Process, outcomes: list[Outcome]) -> None:
    ids = [each.run_id for each in outcomes]
    assert recorder.submitted == Counter(ids)
    assert max(recorder.submitted.values()) == 1
    with DaemonClient(daemon.daemon_url, auth=TOKEN) as client:
        assert sorted(run.run_id for run in client.iter_runs()) == sorted(ids)


def test_a_worker_is_killed(daemon: Process, recorder: Recorder, runs: int, tmp_path: Path) -> None:
    with mapping(recorder.server.url, TOKEN, runs, tmp_path / "log") as running:
        outcomes = running.take(BATCH)
        recorder.wait_until_held(HELD)
        os.kill(outcomes[0].process, signal.SIGKILL)
        recorder.release()
        outcomes += running.rest()

    check_results(outcomes, runs)
    check_submissions(recorder, daemon, outcomes)
    # It had begun runs, which others have found.
    assert any(each.found for each in outcomes)
    assert recorder.server.connections <= (WORKERS + 1) * THREADS


def test_the_program_is_killed(
    daemon: Process, recorder: Recorder, runs: int, tmp_path: Path
) -> None:
    with mapping(recorder.server.url, TOKEN, runs, tmp_path / "first") as running:
        before = running.take(BATCH)
        recorder.wait_until_held(HELD)
        before += running.kill()
        recorder.release()
    begun = set(recorder.submitted)
    with mapping(recorder.server.url, TOKEN, runs, tmp_path / "second") as again:
        outcomes = again.rest()

    assert BEFORE + HELD <= len(begun) < runs
    assert {each.run_id for each in outcomes if each.found} == begun
    check_results(outcomes, runs)
    check_submissions(recorder, daemon, outcomes)
    answers = {each.run_id: each.output for each in outcomes}
    assert all(answers[each.run_id] == each.output for each in before)


def test_what_workers_have(daemon: Process) -> None:
    program = Path(__file__).with_name("on_workers.py")
    ran = subprocess.run(
        [sys.executable, str(program), daemon.daemon_url, TOKEN],
        env={**os.environ, "PYTHONPATH": str(EXAMPLE.parent)},
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
