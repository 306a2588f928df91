"""Measures what the workflows cost: `python benchmarks/workflows.py`.

Each figure is the median of several rounds, and rounds of what is compared alternate, so that a
busy machine slows both. Nothing here is asserted on.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator

from arp_sdk.daemon import DaemonClient
from arp_sdk.models import RunRequest, RunRequestInput
from arp_sdk.runtime import RuntimeClient
from harness.serving import serving
from server import EVENTS

ROUNDS = 7
CALLS = 300
REQUEST = RunRequest(input=RunRequestInput(goal="measure"))


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def events(runtime: RuntimeClient) -> None:
    count = sum(1 for _ in runtime.stream_run_events("run_1"))
    assert count == EVENTS


def first_event(runtime: RuntimeClient) -> float:
    started = time.perf_counter()
    with runtime.stream_run_events("run_1") as stream:
        next(stream)
        return time.perf_counter() - started


def bare(daemon: DaemonClient) -> None:
    for _ in range(CALLS):
        status = daemon.submit_run(REQUEST)
        daemon.get_run_status(status.run_id)
        daemon.get_run_result(status.run_id)


def submitted(daemon: DaemonClient) -> None:
    """Return the two calls that `run` needs here, where a run has ended when it is accepted."""
    for _ in range(CALLS):
        daemon.get_run_result(daemon.submit_run(REQUEST).run_id)


def run(daemon: DaemonClient) -> None:
    for _ in range(CALLS):
        daemon.run(REQUEST)


def many(daemon: DaemonClient) -> None:
    outcomes = list(daemon.run_many((REQUEST for _ in range(1000)), max_concurrency=32))
    assert len(outcomes) == 1000
    assert all(outcome.result is not None for outcome in outcomes)


def peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def report(url: str) -> Iterator[str]:
    yield "| what | median | spread |"
    yield "|---|---|---|"
    with RuntimeClient(url) as runtime, DaemonClient(url) as daemon:
        rates = [EVENTS / seconds(lambda: events(runtime)) for _ in range(ROUNDS)]
        yield row(f"a stream of {EVENTS:,} events, events a second", rates, "{:,.0f}")
        yield row(
            "peak memory while it is read, MiB", [peak(lambda: events(runtime)) / 2**20], "{:.2f}"
        )
        firsts = [first_event(runtime) * 1000 for _ in range(20)]
        yield row("time to the first event, ms", firsts, "{:.2f}")
        pairs = [
            (seconds(lambda: run(daemon)), seconds(lambda: submitted(daemon)))
            for _ in range(ROUNDS)
        ]
        threes = [seconds(lambda: bare(daemon)) / CALLS * 1e6 for _ in range(ROUNDS)]
        yield row("`run`, us", [one / CALLS * 1e6 for one, _ in pairs], "{:.0f}")
        yield row(
            "the two calls that it makes here, us", [t / CALLS * 1e6 for _, t in pairs], "{:.0f}"
        )
        yield row("`run`, as a ratio of the two calls", [a / b for a, b in pairs], "{:.3f}")
        yield row("submit, status and result by hand, us", threes, "{:.0f}")
        rates = [1000 / seconds(lambda: many(daemon)) for _ in range(ROUNDS)]
        yield row("1,000 runs by `run_many`, 32 at once, runs a second", rates, "{:,.0f}")


def row(what: str, values: list[float], form: str) -> str:
    middle = form.format(statistics.median(values))
    spread = f"{form.format(min(values))} to {form.format(max(values))}" if len(values) > 1 else ""
    return f"| {what} | {middle} | {spread} |"


def main() -> None:
    with serving() as url:
        for line in report(url):
            print(line, flush=True)


if __name__ == "__main__":
    main()
