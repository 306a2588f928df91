"""Many pieces of work at once, in bounded memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar

from arp_sdk.errors import ArpConfigError, ArpError

Q = TypeVar("Q")
R = TypeVar("R")


@dataclass(frozen=True)
class Outcome(Generic[Q, R]):
    """What became of one of many.

    Attributes:
        index: Its place among the requests, from 0.
        request: The request.
        result: Its result, or None where there is an error.
        error: What went wrong, or None.
    """

    index: int
    request: Q
    result: R | None
    error: ArpError | None


class Stopped(Exception):  # noqa: N818  # no error: it ends a thread that nobody waits for
    """Thrown into work whose consumer has gone."""


def run_many(
    work: Callable[[Q, Callable[[float], None]], R],
    requests: Iterable[Q],
    max_concurrency: int,
    on_progress: Callable[[Outcome[Q, R]], None] | None,
) -> Iterator[Outcome[Q, R]]:
    """Do the work for each request in threads, and yield outcomes as they come.

    Requests are taken from the iterable as threads become free, never further ahead. If the
    consumer stops early, no more is begun, and what has been begun is left alone.

    Args:
        work: Does one; given the request and how to sleep.
        requests: What to do.
        max_concurrency: How many at once.
        on_progress: Called with each outcome before it is yielded.
    """
    if max_concurrency < 1:
        raise ArpConfigError("max_concurrency must be at least 1")
    return _run_many(work, requests, max_concurrency, on_progress)


def _run_many(
    work: Callable[[Q, Callable[[float], None]], R],
    requests: Iterable[Q],
    max_concurrency: int,
    on_progress: Callable[[Outcome[Q, R]], None] | None,
) -> Iterator[Outcome[Q, R]]:
    stopped = threading.Event()

    def sleep(seconds: float) -> None:
        if stopped.wait(seconds):
            raise Stopped

    def one(index: int, request: Q) -> Outcome[Q, R]:
        try:
            return Outcome(index, request, work(request, sleep), None)
        except ArpError as error:
            return Outcome(index, request, None, error)

    source = enumerate(requests)
    running: set[Future[Outcome[Q, R]]] = set()
    with ThreadPoolExecutor(max_concurrency, thread_name_prefix="arp-run") as pool:
        try:
            while True:
                while len(running) < max_concurrency and (item := next(source, None)) is not None:
                    running.add(pool.submit(one, *item))
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    outcome = future.result()
                    if on_progress is not None:
                        on_progress(outcome)
                    yield outcome
        finally:
            stopped.set()
