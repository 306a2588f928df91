"""Distribute runs over processes that hold thousands of runs each, with Dask or Ray.

`python examples/scale_out_async.py http://127.0.0.1:8000 --on ray --runs 20000 > results.jsonl`

A task is a batch of runs that one event loop waits for. The id of a run is derived from the job,
the run's number in the job, and the goal. If a worker or this program is killed, the next attempt
finds the run by its id. To continue, start the program again. It needs `distributed` or `ray`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent import futures
from concurrent.futures import Future
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, dataclass
from functools import partial
from itertools import cycle, islice
from typing import Any, Literal

from arp_sdk.daemon import AsyncDaemonClient
from arp_sdk.models import RunRequest, RunRequestInput

NAMESPACE = uuid.UUID("0a3f1f5e-6f0e-4f39-8d0f-52a5f3d7c1b4")
RUN_SECONDS = 600
# While the last runs of one batch end, a worker has another.
BATCHES_PER_WORKER = 2


@dataclass(frozen=True)
class Outcome:
    """The outcome of a run.

    Attributes:
        run_id: Identifier of the run.
        goal: Its goal.
        output: Its output, or None if it failed.
        error: The reason why it failed, or None.
        process: Identifier of the worker process that waited for it.
    """

    run_id: str
    goal: str
    output: dict[str, Any] | None = None
    error: str | None = None
    process: int | None = None


Batch = list[tuple[str, str]]
"""Runs as pairs of id and goal."""

Wait = Literal["polls", "events"]
"""Events come from the runtimes, whose addresses the daemon names; polls go to the daemon."""

Begin = Callable[[Batch], "Future[list[Outcome]]"]
"""A function that gives a batch to a worker."""


async def hold(daemon: AsyncDaemonClient, batch: Batch, wait: Wait) -> list[Outcome]:
    """Submit the runs that the daemon does not know, and wait for the whole batch."""
    many = daemon.run_many(
        [RunRequest(run_id=id_, input=RunRequestInput(goal=goal)) for id_, goal in batch],
        max_concurrency=len(batch),
        timeout=RUN_SECONDS,
        resume=True,
        wait=wait,
    )
    outcomes = []
    async with many:
        async for ended in many:
            output = None if ended.result is None else ended.result.output
            error = None if ended.error is None else str(ended.error)
            outcomes.append(Outcome(*batch[ended.index], output, error, os.getpid()))
    return outcomes


def hold_in_thread(base_url: str, wait: Wait, batch: Batch) -> list[Outcome]:
    """Hold a batch in an event loop of its own."""

    async def with_client() -> list[Outcome]:
        # The worker takes the token from its own ARP_TOKEN.
        async with AsyncDaemonClient(base_url) as daemon:
            return await hold(daemon, batch, wait)

    return asyncio.run(with_client())


class Holder:
    """A worker process of Ray, with one client for all of its batches."""

    def __init__(self, base_url: str, wait: Wait) -> None:
        self.daemon = AsyncDaemonClient(base_url)
        self.wait: Wait = wait

    async def hold(self, batch: Batch) -> list[Outcome]:
        return await hold(self.daemon, batch, self.wait)


@contextmanager
def on_dask(base_url: str, workers: int, wait: Wait) -> Iterator[Begin]:
    """Start a Dask cluster, and yield a function that gives a batch to it."""
    import dask.config
    from distributed import Client, LocalCluster

    # Dask gives up a worker process that is slow to restart.
    patient = {"distributed.deploy.lost-worker-timeout": "10 minutes"}
    with (
        dask.config.set(patient),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=BATCHES_PER_WORKER,
            dashboard_address=None,  # pyright: ignore[reportArgumentType]  # its type lacks None
        ) as local,
        Client(local) as cluster,
    ):
        # Dask would run a coroutine on the event loop that its own messages need.
        yield partial(cluster.get_executor().submit, hold_in_thread, base_url, wait)


@contextmanager
def on_ray(base_url: str, workers: int, wait: Wait) -> Iterator[Begin]:
    """Start Ray, and yield a function that gives a batch to one of its actors."""
    import ray  # pyright: ignore[reportMissingImports]

    with ray.init("local", num_cpus=workers, include_dashboard=False):
        # A call that was lost with its process is repeated after the restart.
        actor: Any = ray.remote(max_restarts=-1, max_task_retries=3)(Holder)
        turns = cycle([actor.remote(base_url, wait) for _ in range(workers)])
        yield lambda batch: next(turns).hold.remote(batch).future()


CLUSTERS = {"dask": on_dask, "ray": on_ray}


def run_all(
    begin: Begin, job: str, goals: Iterable[str], *, batch: int, at_once: int
) -> Iterator[Outcome]:
    """Execute runs, and yield their outcomes as their batches end.

    Args:
        begin: Gives a batch to a worker.
        job: Name of the job. The same job and goals are the same runs.
        goals: The goals; they are taken when there is room for a batch.
        batch: Number of runs in a task, all in progress at the same time.
        at_once: Number of batches in progress.
    """
    runs = ((run_id(job, number, goal), goal) for number, goal in enumerate(goals))
    batches = iter(lambda: list(islice(runs, batch)), [])
    pending = {begin(taken): taken for taken in islice(batches, at_once)}
    while pending:
        for future in futures.wait(pending, return_when=futures.FIRST_COMPLETED).done:
            done = pending.pop(future)
            pending.update((begin(taken), taken) for taken in islice(batches, 1))
            if (error := future.exception()) is None:
                yield from future.result()
            else:
                # For example, the batch has killed several workers.
                yield from (Outcome(*run, error=str(error)) for run in done)


def run_id(job: str, number: int, goal: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{job}/{number}/{goal}"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("base_url")
    parser.add_argument("--on", choices=CLUSTERS, default="dask")
    parser.add_argument("--job", default="squares", help="name of the job; part of the run ids")
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--batch", type=int, default=1000, help="runs in a task")
    parser.add_argument("--wait", choices=["polls", "events"], default="polls")
    options = parser.parse_args()

    goals = (f"What is ({number}*{number})?" for number in range(options.runs))
    at_once = BATCHES_PER_WORKER * options.workers
    output, cluster = sys.stdout, CLUSTERS[options.on]
    # Ray prints messages to the standard output.
    with (
        redirect_stdout(sys.stderr),
        cluster(options.base_url, options.workers, options.wait) as begin,
    ):
        failed = 0
        outcomes = run_all(begin, options.job, goals, batch=options.batch, at_once=at_once)
        for done, outcome in enumerate(outcomes, 1):
            print(json.dumps(asdict(outcome)), file=output, flush=True)
            failed += outcome.error is not None
            if done % 1000 == 0 or done == options.runs:
                print(f"{done} done, {failed} failed", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
