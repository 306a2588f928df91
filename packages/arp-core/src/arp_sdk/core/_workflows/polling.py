"""Requests at growing intervals until something is done."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import msgspec

from arp_sdk.core._call.effects import Clock, Pause, Steps
from arp_sdk.core._call.error_body import is_html
from arp_sdk.core._contract.operation import Operation
from arp_sdk.core._options import Options
from arp_sdk.errors import (
    ArpApiError,
    ArpConfigError,
    ArpConnectionError,
    ArpDecodeError,
    ArpError,
    ArpTimeoutError,
    ArpWaitTimeoutError,
)

from .steps import Caller

# Seconds. The pause between two polls is a small share of the time waited so far, so that the end
# is seen late by as small a share; the constant keeps the first polls apart.
_FIRST_INTERVAL = 0.005
_INTERVAL = 0.015
_SHARE = 0.025
_JITTER = 0.1
GRACE_SECONDS = 5.0
LONGEST_POLL = 1.0


class Waiting(msgspec.Struct, frozen=True):
    """The way to wait for something.

    Attributes:
        timeout: Seconds to wait altogether; None for no limit.
        max_interval: Seconds; the longest pause between two polls.
        patience: Seconds for which polls may fail before their error is raised.
        on_update: Called with each status that differs from the one before.
        by_events: True to read events, as far as there are any.
        on_event: Called with each event.
    """

    timeout: float | None = None
    max_interval: float = LONGEST_POLL
    patience: float = 600.0
    on_update: Callable[[Any], None] | None = None
    by_events: bool = False
    on_event: Callable[[Any], None] | None = None

    @classmethod
    def of(
        cls,
        options: Options,
        timeout: float | None,
        on_update: Callable[[Any], None] | None = None,
        max_interval: float = LONGEST_POLL,
        wait: str = "polls",
        on_event: Callable[[Any], None] | None = None,
    ) -> Waiting:
        """Return the way to wait that a method's arguments and the client's options ask for."""
        if wait not in ("events", "polls"):
            raise ArpConfigError(f'wait must be "events" or "polls", not {wait!r}')
        by_events = wait == "events" or on_event is not None
        return cls(timeout, max_interval, options.deadline, on_update, by_events, on_event)

    def deadline(self, clock: Clock) -> float | None:
        """Return the time at which to give up, counted from now; None for never."""
        return None if self.timeout is None else clock() + self.timeout


def within_grace(clock: Clock, deadline: float | None = None) -> float:
    """Return the time by which a short request must end: soon, and not after a deadline."""
    soon = clock() + GRACE_SECONDS
    return soon if deadline is None else min(soon, deadline)


def is_transient(error: ArpError) -> bool:
    """Return True if the same call may succeed later."""
    if isinstance(error, ArpApiError):
        if error.retryable is not None:
            return error.retryable
        return error.status_code in (408, 429) or (
            error.status_code >= 500 and error.status_code != 501
        )
    # A proxy or a portal may put a page of its own in place of a response.
    if isinstance(error, ArpDecodeError) and error.raw is not None:
        return is_html(error.raw)
    return isinstance(error, (ArpConnectionError, ArpTimeoutError))


def poll(
    caller: Caller,
    operation: Operation[Any],
    path: tuple[Any, ...],
    is_done: Callable[[Any], bool],
    waiting: Waiting,
    deadline: float | None,
    what: str,
    first: Any = None,
    known_at: float | None = None,
    last: Any = None,
    began: float | None = None,
) -> Steps[Any]:
    """Call an operation until it is done: often at first, then less, tolerating failures.

    `first` is a value that is there already, and `last` the last one that was reported. `known_at`
    is the time at which a service said that the subject exists: a 404 soon after that comes from a
    replica that lags behind. Times are by the client's clock.

    Raises:
        ArpWaitTimeoutError: At the deadline; it holds the last value.
        ArpError: An error that will not pass.
    """
    value = first
    failing_since: float | None = None
    polls = 0 if first is None else 1
    began = caller.clock() if began is None else began
    caller.waits.polling += 1
    try:
        while True:
            if value is not None:
                if value != last and waiting.on_update is not None:
                    waiting.on_update(value)
                last = value
                if is_done(value):
                    return value
            if polls:
                interval = _FIRST_INTERVAL if polls == 1 else _interval(caller, began, waiting)
                yield Pause(_pause(caller.clock, interval, waiting, deadline, what, last))
            polls += 1
            try:
                value = yield from caller.invoke(operation, path, deadline=deadline)
                failing_since = None
            except ArpError as error:
                value = None
                now = caller.clock()
                failing_since = failing_since or now
                in_time = deadline is None or now < deadline
                transient = is_transient(error) or _is_lagging(error, known_at, now)
                if in_time and (not transient or now - failing_since > waiting.patience):
                    raise
    finally:
        caller.waits.polling -= 1


def _interval(caller: Caller, began: float, waiting: Waiting) -> float:
    """Return the seconds between two polls: a share of the time waited, or what the load allows."""
    share = min(_INTERVAL + _SHARE * (caller.clock() - began), waiting.max_interval)
    return max(share, caller.waits.interval)


def _is_lagging(error: ArpError, known_at: float | None, now: float) -> bool:
    lost = isinstance(error, ArpApiError) and error.status_code == 404
    return lost and known_at is not None and now - known_at < GRACE_SECONDS


def _pause(
    clock: Clock,
    interval: float,
    waiting: Waiting,
    deadline: float | None,
    what: str,
    last: Any,
) -> float:
    """Return the seconds until the next poll, or raise the error that time is up."""
    pause = interval * random.uniform(1 - _JITTER, 1)  # noqa: S311
    if deadline is None:
        return pause
    now = clock()
    if now >= deadline:
        raise ArpWaitTimeoutError(f"{what} is not done after {waiting.timeout:g} s", last=last)
    return min(pause, deadline - now)
