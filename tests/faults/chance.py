"""Faults by chance, for the soak test."""

from __future__ import annotations

import random
import threading
from collections import Counter

from faults.catalogue import FAULTS
from faults.proxy import Fault, Stage
from faults.wire import Message

# All of them can be recovered from, by sending again or by a look-up.
NAMES = (
    "408", "429", "429-wait-0", "500-retryable-before", "500-retryable-after", "502-before",
    "502-after", "503-before", "503-after", "503-wait-0", "504-before", "504-after",
    "reset-unread", "reset-before", "reset-after", "reset-in-head", "reset-in-body",
    "close-before", "close-after", "close-in-head", "close-in-body", "close-in-chunk",
    "garbage-before", "garbage-after", "length-conflict", "chunk-word",
    "stall-before", "stall-after", "stall-in-body",
    "idle-close", "idle-reset", "idle-race",
    "100-first", "103-first", "1xx-many", "answer-twice", "bytes-too-many",
)  # fmt: skip

# A client's reserve of retries is for 20 calls that fail while none succeeds, and a call that
# meets a stall fails when those around it are long over: many at once would use it up.
RARE = {"stall-before", "stall-after", "stall-in-body"}


class Chance:
    """A plan by which each request meets some fault, or none, at random.

    Attributes:
        requests: How many requests there were.
        met: How often each fault was met.
    """

    def __init__(self, rate: float, seed: int) -> None:
        self.requests = 0
        self.met: Counter[str] = Counter()
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._at = {
            stage: [name for name in NAMES if FAULTS[name].stage is stage] for stage in Stage
        }
        share = rate / sum(map(_weight, NAMES))
        self._rates = {stage: share * sum(map(_weight, self._at[stage])) for stage in Stage}

    def take(self, stage: Stage, request: Message) -> Fault | None:
        """As a plan does."""
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
