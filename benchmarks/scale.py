"""Measures what mapping many runs over processes costs: `python benchmarks/scale.py [RUNS]`.

It maps runs over a Dask cluster as `examples/scale_out.py` does, on a sandbox in a process of its
own whose log says who asked for what. With `--asynchronous`, it holds all runs at the same time, as
`examples/scale_out_async.py` does, on Dask and on Ray; `--seconds` is the length of a run. Needs
`distributed`, and `ray` for the latter. Nothing here is asserted on.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dask.config
import psutil
from distributed import Client, LocalCluster, as_completed

from arp_sdk.core import HttpRequest, HttpResponse
from arp_sdk.daemon import DaemonClient

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "examples"))
import scale_out
import scale_out_async

WORKERS = 4
ASYNC_WORKERS = 2


@dataclass(frozen=True)
class Case:
    """Manner in which runs are mapped.

    Attributes:
        latency: Seconds that each event of a run takes.
        threads: Of each worker.
        batch: Runs of one task.
        profile: Whether Dask's profiler of workers is on, as it is by default.
    """

    latency: str
    threads: int
    batch: int = 10
    profile: bool = False


CASES = [
    Case("0", 8, batch=1, profile=True),
    Case("0", 8, batch=1),
    Case("0", 8),
    Case("0.05", 32),
    Case("0.5", 64),
]

Requests = list[tuple[str, str, str]]
"""Port of the client, method and path of each."""


@dataclass(frozen=True)
class Used:
    """Resources that processes have used so far.

    Attributes:
        workers: CPU seconds of all workers.
        program: CPU seconds of this process: Dask's scheduler, and what gives it the tasks.
        daemon: CPU seconds of the sandbox: the daemon, and the runtime that executes the runs.
    """

    workers: float
    program: float
    daemon: float


@contextmanager
def sandbox(latency: str, log: Path) -> Iterator[tuple[str, int]]:
    """Return a sandbox that writes its log to a file: the daemon's place, and its process."""
    ports = [
        word for name in ("daemon", "runtime", "tool-registry") for word in (f"--{name}-port", "0")
    ]
    command = [sys.executable, "-m", "arp_sdk.sandbox", *ports, "--latency", latency]
    with log.open("w") as file:
        process = subprocess.Popen(
            [*command, "--log-level", "info"], stdout=subprocess.PIPE, stderr=file, text=True
        )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if found := re.search(r"export ARP_DAEMON_URL=(.*)", line):
                yield found[1], process.pid
                return
        raise RuntimeError(log.read_text())
    finally:
        process.terminate()
        process.communicate()


@contextmanager
def workers(threads: int) -> Iterator[Client]:
    with (
        LocalCluster(
            n_workers=WORKERS, threads_per_worker=threads, dashboard_address=None
        ) as local,
        Client(local) as cluster,
    ):
        yield cluster


def cpu(process: int) -> float:
    times = psutil.Process(process).cpu_times()
    return times.user + times.system


def used(processes: list[int], daemon: int) -> Used:
    return Used(sum(map(cpu, processes)), cpu(os.getpid()), cpu(daemon))


def largest(processes: list[int]) -> float:
    """MiB in memory of the largest process."""
    return max(psutil.Process(each).memory_info().rss for each in processes) / 2**20


def requests(log: Path) -> Requests:
    line = re.compile(r'uvicorn.access:[\d.]+:(\d+) - "(\w+) (\S+) HTTP')
    return [found.groups() for found in map(line.search, log.open()) if found]


def nothing(number: int) -> int:
    return number


def tasks_a_second(cluster: Client, count: int) -> float:
    """Measure Dask on tasks that do nothing, some at a time."""
    began = time.perf_counter()
    doing = as_completed([cluster.submit(nothing, n, pure=False) for n in range(64)])
    for done, _ in enumerate(doing, 1):
        if done <= count - 64:
            doing.add(cluster.submit(nothing, done + 64, pure=False))
    return count / (time.perf_counter() - began)


def measure(case: Case, runs: int) -> str:
    """Return a row of the table."""
    profile = {"distributed.worker.profile.enabled": case.profile}
    with (
        dask.config.set({**scale_out.DASK, **profile}),
        tempfile.TemporaryDirectory() as folder,
        workers(case.threads) as cluster,
    ):
        log = Path(folder) / "log"
        processes = list(cluster.run(os.getpid).values())
        idle = largest(processes)
        with sandbox(case.latency, log) as (url, process), DaemonClient(url) as daemon:
            cluster.register_plugin(scale_out.DaemonPlugin(daemon))
            before, began = used(processes, process), time.perf_counter()
            outcomes = scale_out.run_all(
                cluster,
                "scale",
                ("hello" for _ in range(runs)),
                batch=case.batch,
                at_once=2 * WORKERS * case.threads,
            )
            failed = sum(outcome.error is not None for outcome in outcomes)
            seconds, after = time.perf_counter() - began, used(processes, process)
            asked = requests(log)
            lengths = [
                (run.ended_at - run.started_at).total_seconds() for run in daemon.iter_runs()
            ]
        busy = largest(processes)
    assert not failed
    assert sum(method == "POST" for _, method, _ in asked) == len(lengths) == runs
    cells = [
        f"{sum(lengths) / runs:.2f}",
        f"{WORKERS} x {case.threads}",
        case.batch,
        "on" if case.profile else "off",
        f"{runs / seconds:.0f}",
        f"{WORKERS * case.threads * seconds / runs:.2f}",
        f"{len(asked) / runs:.1f}",
        len({port for port, _, _ in asked}),
        f"{(after.workers - before.workers) / runs * 1000:.1f}",
        f"{(after.program - before.program) / runs * 1000:.1f}",
        f"{(after.daemon - before.daemon) / runs * 1000:.1f}",
        f"{idle:.0f}, {busy:.0f}",
    ]
    return f"| {' | '.join(map(str, cells))} |"


def measure_asynchronous(name: str, wait: scale_out_async.Wait, runs: int, seconds: float) -> str:
    """Return a row of the table for runs that are all in progress at the same time."""
    batches = ASYNC_WORKERS * scale_out_async.BATCHES_PER_WORKER
    batch = -(-runs // batches)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        # A run begins after one pause of the sandbox, and ends after two more.
        with (
            sandbox(str(seconds / 2), log) as (url, process),
            scale_out_async.CLUSTERS[name](url, ASYNC_WORKERS, wait) as begin,
            DaemonClient(url) as daemon,
        ):
            processes = workers_among_children()
            others = [each.pid for each in psutil.Process().children(recursive=True)]
            others = [each for each in others if each not in (*processes, process)]
            idle, before = largest(processes), used(processes, process)
            beside, began = sum(map(cpu, others)), time.perf_counter()
            outcomes = scale_out_async.run_all(
                begin, "scale", ("hello" for _ in range(runs)), batch=batch, at_once=batches
            )
            failed = sum(outcome.error is not None for outcome in outcomes)
            took, after = time.perf_counter() - began, used(processes, process)
            beside, busy = sum(map(cpu, others)) - beside, peak(processes)
            asked = requests(log)
            lengths = [
                (run.ended_at - run.started_at).total_seconds() for run in daemon.iter_runs()
            ]
    assert not failed
    assert sum(method == "POST" for _, method, _ in asked) == len(lengths) == runs
    cells = [
        f"{name}, {wait}",
        f"{sum(lengths) / runs:.1f}",
        f"{ASYNC_WORKERS} x {scale_out_async.BATCHES_PER_WORKER} x {batch}",
        f"{took:.1f}",
        f"{len(asked) / runs:.1f}",
        len({port for port, _, _ in asked}),
        f"{(after.workers - before.workers) / runs * 1000:.1f}",
        f"{(after.program - before.program + beside) / runs * 1000:.1f}",
        f"{(after.daemon - before.daemon) / runs * 1000:.1f}",
        f"{idle:.0f}, {busy:.0f}",
    ]
    return f"| {' | '.join(map(str, cells))} |"


def workers_among_children() -> list[int]:
    """Wait until all workers have started, and return their processes."""
    while True:
        children = psutil.Process().children(recursive=True)
        names = {each.pid: " ".join(each.cmdline()) for each in children}
        found = [pid for pid, name in names.items() if "spawn_main" in name or "Holder" in name]
        if len(found) == ASYNC_WORKERS:
            return found
        time.sleep(0.1)


def peak(processes: list[int]) -> float:
    """MiB that the largest process had in memory at most."""
    status = [Path(f"/proc/{each}/status").read_text() for each in processes]
    return max(int(re.findall(r"VmHWM:\s+(\d+) kB", each)[0]) for each in status) / 2**10


def asynchronous(runs: int, seconds: float) -> None:
    # The workers of Ray import the example.
    os.environ["PYTHONPATH"] = str(Path(scale_out_async.__file__).parent)
    columns = [
        *("cluster, wait", "a run, s", "workers x batches x runs", "all runs, s", "calls a run"),
        *("connections opened", "CPU ms a run: workers", "program and cluster", "sandbox"),
        "MiB of a worker: before, at most",
    ]
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for name in scale_out_async.CLUSTERS:
        for wait in ("polls", "events"):
            print(measure_asynchronous(name, wait, runs, seconds), flush=True)


def alone(runs: int) -> str:
    """One process with one client and no Dask."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        waited: list[float] = []

        def timed(_: HttpRequest, response: HttpResponse) -> None:
            waited.append(response.elapsed)

        with (
            sandbox("0", log) as (url, process),
            DaemonClient(url, on_response=timed) as daemon,
        ):

            def work(number: int) -> None:
                run_id = f"run_{number}"
                assert not scale_out.is_known(daemon, run_id)
                scale_out.submit(daemon, run_id, "hello")

            before, began = used([], process), time.perf_counter()
            with ThreadPoolExecutor(8) as pool:
                deque(pool.map(work, range(runs)), maxlen=0)
            seconds, after = time.perf_counter() - began, used([], process)
            asked = requests(log)
    client = (after.program - before.program) * 1000
    daemons = (after.daemon - before.daemon) * 1000
    return (
        f"Without Dask, one client and 8 threads: {runs / seconds:.0f} runs/s, "
        f"{len(asked) / runs:.1f} calls a run, {statistics.mean(waited) * 1000:.1f} ms a call, "
        f"CPU ms a call: {client / len(asked):.2f} of the client, {daemons / len(asked):.2f} of "
        "the sandbox."
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", nargs="?", type=int, default=2000)
    parser.add_argument("--asynchronous", action="store_true")
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    runs, load = options.runs, os.getloadavg()[0]
    if options.asynchronous:
        asynchronous(runs, options.seconds)
        print(f"\nLoad of the machine: {load:.1f} before, {os.getloadavg()[0]:.1f} after.")
        return
    columns = [
        *("a run, s", "workers x threads", "runs of a task", "profiler", "runs/s"),
        *("a thread is held, s", "calls a run", "connections opened"),
        *("CPU ms a run: workers", "program", "sandbox", "MiB of a worker: before, after"),
    ]
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for case in CASES:
        print(measure(case, runs), flush=True)
    print(f"\n{alone(runs)}", flush=True)
    with dask.config.set(scale_out.DASK), workers(8) as cluster:
        before = cpu(os.getpid())
        rate = tasks_a_second(cluster, runs)
        each = (cpu(os.getpid()) - before) / runs * 1000
    print(f"\nTasks that do nothing: {rate:.0f} a second, {each:.1f} ms CPU of the program each.")
    print(f"\nLoad of the machine: {load:.1f} before, {os.getloadavg()[0]:.1f} after.")


if __name__ == "__main__":
    main()
