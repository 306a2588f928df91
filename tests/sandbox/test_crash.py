"""A daemon that is killed at any moment has lost no run that it had accepted."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from arp_sdk.errors import ArpError
from arp_sdk.models import RunState, RunStatus
from sandbox.process import Process, sandbox_process
from sandbox.runs import FINAL, ended, run_request
from support.clients import DaemonClient

CLIENTS = 4


class Submitter:
    """Submits runs from several threads, and remembers what it was told about them."""

    def __init__(self, enough: int) -> None:
        self.accepted: set[str] = set()
        self.over: dict[str, RunStatus] = {}
        self.reached = threading.Event()
        self._enough = enough

    def submit_until_it_dies(self, daemon_url: str) -> None:
        with DaemonClient(daemon_url, retries=0) as daemon:
            try:
                while True:
                    run_id = daemon.submit_run(run_request("What is (19*23)?")).run_id
                    self.accepted.add(run_id)
                    status = daemon.get_run_status(min(self.accepted))
                    if status.state in FINAL:
                        self.over[status.run_id] = status
                    if len(self.accepted) >= self._enough:
                        self.reached.set()
            except ArpError:
                return


@pytest.mark.parametrize("enough", [1, 40, 150])
def test_no_accepted_run_is_lost(tmp_path: Path, enough: int) -> None:
    arguments = ("--state", str(tmp_path / "state"), "--latency", "0.002")
    submitter = Submitter(enough)
    with sandbox_process(*arguments) as running:
        kill_while_submitting(running, submitter)
    with sandbox_process(*arguments) as again, DaemonClient(again.daemon_url) as daemon:
        known = {run.run_id for run in daemon.list_runs().runs}
        ends = [ended(daemon, run_id) for run_id in submitter.accepted]
        unchanged = {run_id: daemon.get_run_status(run_id) for run_id in submitter.over}

    assert submitter.accepted <= known
    assert {status.state for status in ends} == {RunState.SUCCEEDED}
    assert unchanged == submitter.over


def kill_while_submitting(running: Process, submitter: Submitter) -> None:
    with ThreadPoolExecutor(CLIENTS) as pool:
        for _ in range(CLIENTS):
            pool.submit(submitter.submit_until_it_dies, running.daemon_url)
        assert submitter.reached.wait(60)
        running.end(signal.SIGKILL)
