"""Whether a stream that ended is taken up again, and which events are new. No I/O."""

from __future__ import annotations

import logging
from typing import Any

import msgspec

from arp_sdk.core._call.retry import backoff
from arp_sdk.core._contract.workflows import Streamed
from arp_sdk.core._options import Options

logger = logging.getLogger("arp_sdk")


class Gap(msgspec.Struct, frozen=True):
    """Events that a stream left out.

    Attributes:
        after: The number of the last event before the gap.
        before: The number of the first event behind it.
    """

    after: int
    before: int


class Cursor(msgspec.Struct):
    """How far a stream has been read, over all its connections.

    Attributes:
        streamed: How its events are told apart, or None where the contract does not say.
        seq: The number of the last event.
        over: Whether the last event said that no more come.
        gaps: What was left out.
        fruitless: How many connections in a row brought nothing new.
    """

    streamed: Streamed | None
    seq: int | None = None
    over: bool = False
    gaps: list[Gap] = []
    fruitless: int = 0

    def is_new(self, event: Any) -> bool:
        """Note an event, and say whether it was not seen before."""
        if self.streamed is None:
            return True
        number = getattr(event, self.streamed.seq)
        if self.seq is not None:
            if number <= self.seq:
                return False
            if number > self.seq + 1:
                self.gaps.append(Gap(self.seq, number))
                logger.warning("stream: events %d to %d are missing", self.seq + 1, number - 1)
        self.seq, self.fruitless = number, 0
        self.over = str(getattr(event, self.streamed.kind)) in self.streamed.last
        return True

    def pause_before_reconnect(self, options: Options, retry_ms: int | None) -> float | None:
        """Seconds to wait before the stream is opened again, or None to leave it at that."""
        # Without numbers, what a service sends again could not be told from what is new.
        if self.streamed is None or self.over or self.fruitless >= options.retries.limit:
            return None
        policy = options.retries
        wait = backoff(policy, self.fruitless)
        self.fruitless += 1
        asked = 0.0 if retry_ms is None else min(retry_ms / 1000, policy.retry_after_limit)
        return asked + wait
