"""Distribute runs over a Dask cluster with one client in each process, and submit each run once.

`python examples/scale_out.py http://127.0.0.1:8000 --runs 2000 --workers 4 > results.jsonl`

The id of a run is derived from the job, the run's number in the job, and the goal. If a worker or
this program is killed, the next attempt finds the run by its id. To continue, start the program
again. It needs `distributed`. For a cluster of several machines, use `Client("tcp://...")`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from typing import Any

import dask.config
from distributed import Client, LocalCluster, Worker, WorkerPlugin, as_completed, get_worker

from arp_sdk.daemon import DaemonClient
from arp_sdk.errors import ArpApiError, ArpError
from arp_sdk.models import RunRequest, RunRequestInput, RunResult

NAMESPACE = uuid.UUID("5c1b3c0e-4f57-4b0e-9a55-3d7f0b9f8e21")
RUN_SECONDS = 600

DASK = {
    # Dask gives up a worker process that is slow to restart.
    "distributed.deploy.lost-worker-timeout": "10 minutes",
    # It takes about 15 MiB in each worker.
    "distributed.worker.profile.enabled": False,
}

Batch = list[tuple[str, str]]
"""Runs as pairs of id and goal."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of a run.

    Attributes:
        run_id: Identifier of the run.
        goal: Its goal.
        output: Its output, or None if it failed.
        error: The reason why it failed, or None.
        found: True if it had been submitted before.
        process: Identifier of the worker process that waited for it.
    """

    run_id: str
    goal: str
    output: dict[str, Any] | None = None
    error: str | None = None
    found: bool = False
    process: int | None = None


class DaemonPlugin(WorkerPlugin):
    """The client of a worker process, shared by its threads."""

    name = "daemon"

    def __init__(self, daemon: DaemonClient) -> None:
        self.daemon = daemon

    def teardown(self, worker: Worker) -> None:
        del worker
        self.daemon.close()


def run_once(run_id: str, goal: str) -> Outcome:
    """Submit a run unless the daemon knows it, and wait for it. Its errors are in the outcome."""
    plugin: Any = get_worker().plugins[DaemonPlugin.name]
    daemon: DaemonClient = plugin.daemon
    outcome = partial(Outcome, run_id, goal, process=os.getpid())
    found = False
    try:
        found = is_known(daemon, run_id)
        result = finish(daemon, run_id) if found else submit(daemon, run_id, goal)
    except ArpError as error:
        return outcome(error=str(error), found=found)
    if not result.ok:
        return outcome(error=str(result.error), found=found)
    return outcome(output=result.output, found=found)


def is_known(daemon: DaemonClient, run_id: str) -> bool:
    try:
        daemon.get_run_status(run_id)
    except ArpApiError as error:
        if error.status_code != 404:
            raise
        return False
    return True


def submit(daemon: DaemonClient, run_id: str, goal: str) -> RunResult:
    request = RunRequest(run_id=run_id, input=RunRequestInput(goal=goal))
    return daemon.run(request, timeout=RUN_SECONDS, check=False)


def finish(daemon: DaemonClient, run_id: str) -> RunResult:
    daemon.wait_for_run(run_id, timeout=RUN_SECONDS)
    return daemon.get_run_result(run_id)


def run_batch(batch: Batch) -> list[Outcome]:
    return [run_once(run_id, goal) for run_id, goal in batch]


def run_all(
    cluster: Client, job: str, goals: Iterable[str], *, batch: int = 1, at_once: int = 64
) -> Iterator[Outcome]:
    """Execute runs, and yield their outcomes as they end.

    Args:
        cluster: A cluster whose workers have the plugin.
        job: Name of the job. The same job and goals are the same runs.
        goals: The goals; one is taken when there is room for it.
        batch: Number of runs in a task, executed one after the other.
        at_once: Number of tasks that are submitted, or whose outcomes wait here.
    """
    runs = ((_run_id(job, number, goal), goal) for number, goal in enumerate(goals))
    pending: dict[str, Batch] = {}
    doing = as_completed(with_results=True, raise_errors=False)

    def begin() -> None:
        taken = list(islice(runs, batch))
        if taken:
            key = taken[0][0]
            pending[key] = taken
            doing.add(cluster.submit(run_batch, taken, key=key))

    for _ in range(at_once):
        begin()
    for future, outcomes in doing:
        done = pending.pop(future.key)
        begin()
        if future.status == "finished":
            yield from outcomes
        else:
            # For example, the task has killed several workers.
            error = str(future.exception())
            yield from (Outcome(run_id, goal, error=error) for run_id, goal in done)


def _run_id(job: str, number: int, goal: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{job}/{number}/{goal}"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("base_url")
    parser.add_argument("--job", default="squares", help="name of the job; part of the run ids")
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--threads", type=int, default=8, help="concurrent runs of each worker")
    parser.add_argument("--batch", type=int, default=4, help="runs in a task")
    options = parser.parse_args()

    goals = (f"What is ({number}*{number})?" for number in range(options.runs))
    with (
        dask.config.set(DASK),
        DaemonClient(options.base_url) as daemon,
        LocalCluster(
            n_workers=options.workers,
            threads_per_worker=options.threads,
            dashboard_address=None,  # pyright: ignore[reportArgumentType]  # its type lacks None
        ) as local,
        Client(local) as cluster,
    ):
        # The pickle does not contain the token: each worker takes it from its own ARP_TOKEN.
        cluster.register_plugin(DaemonPlugin(daemon))
        outcomes = run_all(
            cluster,
            options.job,
            goals,
            batch=options.batch,
            at_once=2 * options.workers * options.threads,
        )
        found = failed = 0
        for done, outcome in enumerate(outcomes, 1):
            print(json.dumps(asdict(outcome)), flush=True)
            found += outcome.found
            failed += outcome.error is not None
            if done % 100 == 0 or done == options.runs:
                print(f"{done} done, {found} found, {failed} failed", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
