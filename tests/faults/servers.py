"""Origin and proxy in a process of their own, with random faults.

`python -m faults.servers RATE SEED` prints the URL of the proxy, waits for a line on its standard
input or for its end, and prints what happened. Memory, threads and file descriptors of the test's
process are then those of the clients alone.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults.catalogue import FAULTS
from faults.origin import origin_server
from support.proxy import Fault, Stage, proxied
from support.wire import Message

TESTS = Path(__file__).parent.parent


# A client recovers from all of them, by a retry or a look-up.
FAULT_NAMES = (
    "408", "429", "429-wait-0", "500-retryable-before", "500-retryable-after", "502-before",
    "502-after", "503-before", "503-after", "503-wait-0", "504-before", "504-after",
    "reset-unread", "reset-before", "reset-after", "reset-in-head", "reset-in-body",
    "close-before", "close-after", "close-in-head", "close-in-body", "close-in-chunk",
    "garbage-before", "garbage-after", "length-conflict", "chunk-word",
    "stall-before", "stall-after", "stall-in-body",
    "idle-close", "idle-reset", "idle-race",
    "100-first", "103-first", "1xx-many", "response-twice", "bytes-too-many",
)  # fmt: skip

# Calls that meet a stall fail together, when the calls around them are long over: many of them
# at once would use up the client's reserve of retries.
RARE = {"stall-before", "stall-after", "stall-in-body"}


class Chance:
    """A plan by which each request meets a random fault, or none.

    Args:
        rate: The part of the requests that meets a fault.

    Attributes:
        met: The number of faults by name.
    """

    def __init__(self, rate: float, seed: int) -> None:
        self.requests = 0
        self.met: Counter[str] = Counter()
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._at = {
            stage: [name for name in FAULT_NAMES if FAULTS[name].stage is stage] for stage in Stage
        }
        share = rate / sum(map(_weight, FAULT_NAMES))
        self._rates = {stage: share * sum(map(_weight, self._at[stage])) for stage in Stage}

    def take(self, stage: Stage, request: Message) -> Fault | None:
        with self._lock:
            self.requests += stage is Stage.REQUEST
            names = self._at[stage]
            if not names or self._random.random() >= self._rates[stage]:
                return None
            (name,) = self._random.choices(names, [_weight(name) for name in names])
            self.met[name] += 1
            return FAULTS[name]


def _weight(name: str) -> float:
    return 0.3 if name in RARE else 1.0


@dataclass
class Servers:
    """The process.

    Attributes:
        effects: After `stop`, the number of effects by what identifies them.
        requests: After `stop`, the number of requests.
        met: After `stop`, the number of faults by name.
    """

    url: str
    process: subprocess.Popen[str]
    effects: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    met: dict[str, int] = field(default_factory=dict)

    def stop(self) -> None:
        """Stop the process, and read what happened."""
        out, _ = self.process.communicate("stop\n", timeout=60)
        said: dict[str, Any] = json.loads(out)
        self.effects, self.requests, self.met = said["effects"], said["requests"], said["met"]


@contextmanager
def servers(rate: float, seed: int) -> Iterator[Servers]:
    """Run the process."""
    command = [sys.executable, "-m", "faults.servers", str(rate), str(seed)]
    with subprocess.Popen(
        command, cwd=TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield Servers(process.stdout.readline().strip(), process)
        finally:
            process.kill()


def _serve(rate: float, seed: int) -> None:
    chance = Chance(rate, seed)
    with origin_server() as origin, proxied(origin.address) as proxy:
        for number in range(KNOWN_RUNS):
            origin.add_run(known_run(number))
        proxy.plan = chance
        _say(proxy.url)
        sys.stdin.readline()
    said = {"effects": origin.effects, "requests": chance.requests, "met": chance.met}
    _say(json.dumps(said))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


KNOWN_RUNS = 100


def known_run(number: int) -> str:
    """Return the id of a run that exists from the start."""
    return f"known-{number % KNOWN_RUNS}"


if __name__ == "__main__":
    _serve(float(sys.argv[1]), int(sys.argv[2]))
