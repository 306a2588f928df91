"""A sandbox that is killed at any moment, also on a full disk, loses no run that it accepted."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from arp_sdk.errors import ArpApiError, ArpError
from arp_sdk.models import RunState, RunStatus
from sandbox.process import Process, sandbox_process
from sandbox.runs import FINAL, ended, run_request
from support.clients import DaemonClient

pytestmark = pytest.mark.threads_only("the service is under test, not the client")

CLIENTS = 4
KILLS = 100
DISK_BYTES = 64 * 1024 * 1024


class Submitter:
    """A client that submits runs from several threads, and remembers the responses."""

    def __init__(self) -> None:
        self.accepted: set[str] = set()
        self.rejected: set[str] = set()
        self.over: dict[str, RunStatus] = {}
        self._responses = 0
        self._changed = threading.Condition()

    def wait(self, responses: int) -> None:
        """Wait for a number of further responses."""
        with self._changed:
            enough = self._responses + responses
            assert self._changed.wait_for(lambda: self._responses >= enough, 120)

    def submit_until_it_dies(self, daemon_url: str) -> None:
        with DaemonClient(daemon_url, retries=0) as daemon, suppress(ArpError):
            while True:
                self._submit(daemon, uuid.uuid4().hex)

    def _submit(self, daemon: DaemonClient, run_id: str) -> None:
        try:
            daemon.submit_run(run_request("What is (19*23)?", run_id))
            self.accepted.add(run_id)
        except ArpApiError as error:
            if error.code != "state.not_saved":
                raise AssertionError(run_id) from error
            self.rejected.add(run_id)
        with self._changed:
            self._responses += 1
            self._changed.notify_all()
        with self._changed:
            waiting = next(iter(self.accepted - {*self.over}), None)
        if waiting is not None:
            status = daemon.get_run_status(waiting)
            if status.state in FINAL:
                self.over[waiting] = status


def statuses(daemon: DaemonClient) -> dict[str, RunStatus]:
    """The statuses of all runs that the daemon lists."""
    return {run.run_id: run for run in daemon.iter_runs()}


def check(submitter: Submitter, daemon: DaemonClient) -> None:
    known = statuses(daemon)
    assert submitter.accepted - {*known} == set()
    assert submitter.rejected & {*known} == set()
    assert {run_id: known[run_id] for run_id in submitter.over} == submitter.over


@pytest.mark.parametrize("enough", [1, 100])
def test_no_accepted_run_is_lost(tmp_path: Path, enough: int) -> None:
    arguments = ("--state", str(tmp_path / "state"), "--latency", "0.002")
    submitter = Submitter()
    with sandbox_process(*arguments) as running, ThreadPoolExecutor(CLIENTS) as pool:
        work = [pool.submit(submitter.submit_until_it_dies, running.daemon_url) for _ in "1234"]
        submitter.wait(enough)
        running.end(signal.SIGKILL)
        for each in work:
            each.result()
    with sandbox_process(*arguments) as again, DaemonClient(again.daemon_url) as daemon:
        check(submitter, daemon)
        ends = [ended(daemon, run_id) for run_id in submitter.accepted]

    assert {status.state for status in ends} == {RunState.SUCCEEDED}


class Disk:
    """A small disk that a test can fill: a tmpfs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Take all room, to the last byte."""
        with suppress(OSError), self._filler.open("ab", buffering=0) as filler:
            for size in (1 << 20, 4096):
                with suppress(OSError):
                    while filler.write(b"\0" * size) == size:
                        pass

    def clear(self) -> None:
        """Free all room again."""
        self._filler.unlink(missing_ok=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount") or "mount"
    command = [mount, "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a small disk needs root: mount -t tmpfs")
    try:
        yield Disk(folder)
    finally:
        subprocess.run([shutil.which("umount") or "umount", str(folder)], check=True)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_killed_again_and_again(disk: Disk, capsys: pytest.CaptureFixture[str]) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    arguments = ("--state", str(disk.folder / "state"), "--latency", "0.002")
    submitter = Submitter()
    full_kills = full_starts = 0
    began = time.monotonic()
    for _ in range(KILLS):
        is_full = (disk.folder / "filler").exists()
        full_starts += is_full
        with sandbox_process(*arguments) as running:
            with DaemonClient(running.daemon_url) as daemon:
                check(submitter, daemon)
            full_kills += kill_while_submitting(running, submitter, disk, chance)
        # Some starts find the disk full.
        if chance.random() < 0.5:
            disk.clear()
    disk.clear()
    with sandbox_process(*arguments) as running, DaemonClient(running.daemon_url) as daemon:
        check(submitter, daemon)
        kept = submitter.accepted & {*statuses(daemon)}
        ends = {ended(daemon, run_id).state for run_id in submitter.accepted}

    with capsys.disabled():
        sys.stdout.write(
            f"\n{KILLS} kills in {time.monotonic() - began:.0f} s, {full_kills} of them and "
            f"{full_starts} starts on a full disk (seed {seed}): {len(submitter.accepted)} runs "
            f"accepted, {len(kept)} kept, {len(submitter.rejected)} rejected\n"
        )
    assert ends == {RunState.SUCCEEDED}
    assert submitter.rejected
    assert full_kills and full_starts


def kill_while_submitting(
    running: Process, submitter: Submitter, disk: Disk, chance: random.Random
) -> bool:
    """Kill a sandbox at a random moment, and tell whether its disk was full then."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        work = [pool.submit(submitter.submit_until_it_dies, running.daemon_url) for _ in "1234"]
        is_full = (disk.folder / "filler").exists()
        for _ in range(chance.randrange(4)):
            submitter.wait(chance.randrange(30))
            if is_full:
                disk.clear()
            else:
                disk.fill()
            is_full = not is_full
        submitter.wait(chance.randrange(30))
        time.sleep(chance.uniform(0, 0.01))
        running.end(signal.SIGKILL)
        for each in work:
            each.result()
    return is_full
