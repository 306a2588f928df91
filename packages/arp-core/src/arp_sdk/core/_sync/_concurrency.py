"""Many requests at once, each in a thread, in bounded memory."""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from arp_sdk.core._workflows.outcomes import Outcome

from ._closing import Closing
from ._driver import Sleep

Q = TypeVar("Q")
R = TypeVar("R")


class Stopped(Exception):  # noqa: N818  # not an error: it ends a thread that nobody waits for
    """The consumer of the outcomes has gone."""


class Outcomes(Closing, Generic[Q, R]):
    """The outcomes of many requests, in the order in which they end.

    Iterate over it. It takes the next request when fewer than `max_concurrency` run, and only while
    the caller asks for the next outcome. If the caller leaves the loop, closes it or drops it, no
    more requests start. Those in progress continue, and neither the caller nor the program waits
    for them.
    """

    def __init__(
        self,
        run: Callable[[Q, Sleep], R],
        requests: Iterable[Q],
        max_concurrency: int,
        on_progress: Callable[[Outcome[Q, R]], None] | None = None,
    ) -> None:
        self._run = run
        self._source: Iterator[tuple[int, Q]] | None = enumerate(requests)
        self._max_concurrency = max_concurrency
        self._on_progress = on_progress
        self._done: queue.SimpleQueue[Outcome[Q, R]] = queue.SimpleQueue()
        self._running = 0
        self._stopped = threading.Event()

    def __iter__(self) -> Iterator[Outcome[Q, R]]:
        return self

    def __next__(self) -> Outcome[Q, R]:
        """Wait for the next outcome."""
        while self._running < self._max_concurrency and (item := self._take()) is not None:
            self._start(*item)
        if not self._running or self._stopped.is_set():
            raise StopIteration
        outcome = self._done.get()
        self._running -= 1
        if self._on_progress is not None:
            self._on_progress(outcome)
        return outcome

    def close(self) -> None:
        """Start no more requests. Those that were started go on."""
        self._source = None
        self._stopped.set()

    def __del__(self) -> None:
        if hasattr(self, "_stopped"):
            self.close()

    def _take(self) -> tuple[int, Q] | None:
        item = next(self._source, None) if self._source is not None else None
        if item is None:
            self._source = None
        return item

    def _start(self, index: int, request: Q) -> None:
        # Not a pool: the interpreter would wait for its threads before it exits.
        arguments = (self._run, index, request, self._done, self._stopped)
        # Tracers and loggers keep the caller's span and request id in context variables.
        context = contextvars.copy_context()
        name = f"arp-run-{index}"
        threading.Thread(
            target=context.run, args=(_one, *arguments), name=name, daemon=True
        ).start()
        self._running += 1


def _one(
    run: Callable[[Q, Sleep], R],
    index: int,
    request: Q,
    done: queue.SimpleQueue[Outcome[Q, R]],
    stopped: threading.Event,
) -> None:
    def sleep(seconds: float) -> None:
        if stopped.wait(seconds):
            raise Stopped

    try:
        done.put(Outcome(index, request, run(request, sleep), None))
    except Exception as error:
        done.put(Outcome(index, request, None, error))
