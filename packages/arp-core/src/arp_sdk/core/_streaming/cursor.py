"""The position in an event stream: which events are new, and when to reconnect."""

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
        before: The number of the first event after it.
    """

    after: int
    before: int


class Cursor(msgspec.Struct):
    """The position in a stream, over all its connections.

    Attributes:
        streamed: The way in which events are numbered, or None where the contract does not say.
        seq: The number of the last event.
        over: True if the last event said that no more come.
        final: True if an event came after which the service may end the stream.
        gaps: The events that were left out.
        fruitless: Number of connections in a row that brought nothing new.
    """

    streamed: Streamed | None
    seq: int | None = None
    over: bool = False
    final: bool = False
    gaps: list[Gap] = []
    fruitless: int = 0

    def is_new(self, event: Any) -> bool:
        """Record an event; return False if it was seen before."""
        streamed = self.streamed
        if streamed is None:
            return True
        number, last = getattr(event, streamed.seq), self.seq
        if last is not None:
            if number <= last:
                return False
            if number > last + 1 and not streamed.sparse:
                self.gaps.append(Gap(last, number))
                logger.warning("stream: events %d to %d are missing", last + 1, number - 1)
        self.seq, self.fruitless = number, 0
        kind = str(getattr(event, streamed.kind))
        self.over = kind in streamed.last
        if self.over or kind in streamed.final:
            self.final = True
        return True

    def pause_before_reconnect(self, options: Options, retry_ms: int | None) -> float | None:
        """Return the seconds before the stream is opened again, or None to let it end."""
        # Without numbers, repeated events could not be told from new ones.
        if self.streamed is None or self.final or self.fruitless >= options.retries.limit:
            return None
        policy = options.retries
        wait = backoff(policy, self.fruitless)
        self.fruitless += 1
        asked = 0.0 if retry_ms is None else min(retry_ms / 1000, policy.retry_after_limit)
        return asked + wait
