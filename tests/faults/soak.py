"""Many calls from many threads, through a proxy that breaks some of them."""

from __future__ import annotations

import gc
import os
import queue
import random
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from arp_sdk.core import Client, Retries
from arp_sdk.errors import ArpError
from faults.operations import TRIALS, Trial
from faults.runner import name_of
from faults.servers import known_run, servers

THREADS = 32
RETRIES = Retries(limit=6, backoff=0.01, backoff_limit=0.1)

# Shares in percent. The profiles that are deleted do not exist.
SHARES = {
    "get_run_status": 35,
    "delete_runtime_profile": 5,
    "upsert_runtime_profile": 15,
    "submit_run": 15,
    "create_run": 10,
    "invoke_tool": 10,
    "create_instances": 10,
}


@dataclass
class Report:
    """The outcome of a soak test.

    Attributes:
        outcomes: The number of calls by operation and outcome.
        wrong: The calls whose outcome is not allowed, with the reason.
        met: The number of faults by name.
        requests: The number of requests that the proxy received.
        memory: Resident bytes after a tenth, a half and all of the calls.
        descriptors: Open before the clients were made, most while they worked, and open after
            they were closed.
        threads: Running before and after.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    met: Mapping[str, int] = field(default_factory=dict)
    requests: int = 0
    memory: tuple[int, ...] = ()
    descriptors: tuple[int, ...] = ()
    threads: tuple[int, ...] = ()


LOST = "!lost"
_Work = queue.SimpleQueue["int | None"]


class Soak:
    """A number of random calls.

    Args:
        rate: The part of the requests that meets a fault.
        timeout: Seconds after which the clients give up a stalled attempt.
    """

    def __init__(self, calls: int, rate: float, seed: int, timeout: float) -> None:
        self._rate = rate
        self._seed = seed
        self._timeout = timeout
        self._report = Report()
        self._tasks = _tasks(calls, seed)
        self._outcomes = [LOST] * calls

    def run(self) -> Report:
        """Make the calls, and compare their results with what the server did."""
        report = self._report
        threads, descriptors = threading.active_count(), _descriptors()
        with servers(self._rate, self._seed) as running:
            pipes = _descriptors() - descriptors
            with ExitStack() as stack:
                clients = {
                    service: stack.enter_context(
                        _client(kind, f"{running.url}/{service}", self._timeout)
                    )
                    for service, kind in {trial.service: trial.client for trial in TRIALS}.items()
                }
                most = self._call_all(clients)
            after = _descriptors() - pipes
            running.stop()
        report.threads = threads, threading.active_count()
        report.descriptors = descriptors, most - pipes, after
        report.met, report.requests = running.met, running.requests
        for (trial, tag), outcome in zip(self._tasks, self._outcomes, strict=True):
            self._judge(trial, tag, outcome, running.effects.get(tag, 0))
        strays = running.effects.keys() - {tag for _, tag in self._tasks}
        report.wrong += [f"an effect without a request: {tag}" for tag in strays]
        return report

    def _call_all(self, clients: Mapping[str, Client]) -> int:
        calls = len(self._tasks)
        memory: list[int] = []
        most = start = 0
        for end in (calls // 10, calls // 2, calls):
            self._call(range(start, end), clients)
            memory.append(_resident())
            most = max(most, _descriptors())
            start = end
        self._report.memory = tuple(memory)
        return most

    def _call(self, numbers: range, clients: Mapping[str, Client]) -> None:
        work: _Work = queue.SimpleQueue()
        for number in (*numbers, *[None] * THREADS):
            work.put(number)
        workers = [
            threading.Thread(target=self._work, args=(work, clients)) for _ in range(THREADS)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def _work(self, work: _Work, clients: Mapping[str, Client]) -> None:
        while (number := work.get()) is not None:
            trial, tag = self._tasks[number]
            self._outcomes[number] = _outcome(trial, clients[trial.service], tag)

    def _judge(self, trial: Trial, tag: str, outcome: str, effects: int) -> None:
        self._report.outcomes[f"{trial.name} {outcome}"] += 1
        if outcome == "ok":
            fine = effects == (trial.kind not in ("safe", "delete"))
        else:
            # After a timeout or a 504, a run that the service does not know is not resubmitted.
            unknown = trial.kind == "keyed" and outcome in ("timeout", "504")
            allowed = trial.kind == "plain" or unknown
            fine = allowed and effects <= 1 and not outcome.startswith("!")
        if not fine:
            self._report.wrong.append(f"{trial.name} {tag}: {outcome}, effects: {effects}")


def _tasks(calls: int, seed: int) -> list[tuple[Trial, str]]:
    trials = {trial.name: trial for trial in TRIALS}
    names = random.Random(seed).choices(list(SHARES), list(SHARES.values()), k=calls)
    return [
        (trials[name], known_run(number) if trials[name].kind == "safe" else f"soak-{number}")
        for number, name in enumerate(names)
    ]


def _outcome(trial: Trial, client: Any, tag: str) -> str:
    try:
        return "ok" if trial.right(trial.call(client, tag), tag) else "!wrong result"
    except ArpError as error:
        return name_of(error)
    except Exception as error:
        return f"!{error!r}"


def _client(kind: type[Client], url: str, timeout: float) -> Client:
    return kind(url, timeout=timeout, deadline=60.0, retries=RETRIES)


def _resident() -> int:
    """Return the resident bytes of this process; 0 where the system does not tell."""
    gc.collect()
    statm = Path("/proc/self/statm")
    pages = int(statm.read_text().split()[1]) if statm.exists() else 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _descriptors() -> int:
    """Count the open file descriptors of this process; 0 where the system does not tell."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0
