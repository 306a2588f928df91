"""A program that reports, as JSON, on clients on the workers of a cluster."""

from __future__ import annotations

import gc
import json
import os
import sys
from typing import Any

import dask.config
import scale_out
from distributed import Client, LocalCluster

from arp_sdk.daemon import DaemonClient

WORKERS = 2
THREADS = 4
RUNS = 12


def clients() -> int:
    gc.collect()
    return sum(type(each) is DaemonClient for each in gc.get_objects())


def deadly(batch: scale_out.Batch) -> list[scale_out.Outcome]:
    """Run a batch; one of its runs kills its worker's process."""
    if any(goal == "deadly" for _, goal in batch):
        os._exit(1)
    return scale_out.run_batch(batch)


def pickles(dask_scheduler: Any) -> bytes:
    """Return the plugins that the scheduler keeps for future workers."""
    return b"".join(dask_scheduler.worker_plugins.values())


def mapped(cluster: Client, daemon: DaemonClient, token: str) -> dict[str, Any]:
    cluster.register_plugin(scale_out.DaemonPlugin(daemon))
    kept: Any = cluster.run_on_scheduler(pickles)
    job = f"secrets: {daemon.options.pickle_secrets}"
    outcomes = list(scale_out.run_all(cluster, job, ["hello"] * RUNS, at_once=RUNS))
    counted: Any = cluster.run(clients)
    return {
        "secret": token.encode() in kept,
        "place": daemon.base_url.encode() in kept,
        "errors": [outcome.error for outcome in outcomes],
        "clients": list(counted.values()),
    }


def died(cluster: Client) -> list[str | None]:
    """Return the errors of three runs, the second of which kills its workers."""
    harmless, scale_out.run_batch = scale_out.run_batch, deadly
    goals = ["hello", "deadly", "hello"]
    outcomes = list(scale_out.run_all(cluster, "deadly", goals, at_once=1))
    scale_out.run_batch = harmless
    return [outcome.error for outcome in outcomes]


def main(base_url: str, token: str) -> None:
    with (
        # One failure is enough to give up a task: worker processes are slow to start.
        dask.config.set({**scale_out.DASK, "distributed.scheduler.allowed-failures": 0}),
        LocalCluster(
            n_workers=WORKERS,
            threads_per_worker=THREADS,
            dashboard_address=None,  # pyright: ignore[reportArgumentType]
        ) as local,
        Client(local) as cluster,
        DaemonClient(base_url, auth=token) as plain,
        plain.with_options(pickle_secrets=True) as asked,
    ):
        report = {
            "plain": mapped(cluster, plain, token),
            "asked": mapped(cluster, asked, token),
            "died": died(cluster),
        }
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
