"""Work that goes on after it was accepted: wait for it, and fetch what came of it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from arp_sdk.core._call.effects import Pause
from arp_sdk.core._contract.workflows import CancelElsewhere, LongRunning
from arp_sdk.core._options import Options
from arp_sdk.errors import (
    ArpApiError,
    ArpConnectionError,
    ArpError,
    ArpRunFailed,
    ArpTimeoutError,
    ArpWaitTimeoutError,
)

from .steps import Flow, Invoke

R = TypeVar("R")
S = TypeVar("S")

_FIRST_INTERVAL = 0.05
_GROWTH = 1.5
_JITTER = 0.2
_GRACE_SECONDS = 5.0


class Waiting(msgspec.Struct, frozen=True):
    """How to wait.

    Attributes:
        timeout: Seconds to wait altogether; None for as long as it takes.
        max_interval: Seconds; the longest pause between two looks.
        patience: Seconds that the service may fail to answer before its error is raised.
        on_update: Called with each status that differs from the one before.
    """

    timeout: float | None = None
    max_interval: float = 5.0
    patience: float = 600.0
    on_update: Callable[[Any], None] | None = None

    def deadline(self) -> float | None:
        return None if self.timeout is None else time.monotonic() + self.timeout


class Waits:
    """A client that waits, with the patience that its options say."""

    _options: Options

    def _waiting(
        self,
        timeout: float | None,
        on_update: Callable[[Any], None] | None,
        max_interval: float = 5.0,
    ) -> Waiting:
        return Waiting(timeout, max_interval, self._options.deadline, on_update)


def is_transient(error: ArpError) -> bool:
    """Whether looking again later may bring an answer."""
    if isinstance(error, ArpApiError):
        return (
            error.retryable is True or error.status_code in (408, 429) or error.status_code >= 500
        )
    return isinstance(error, (ArpConnectionError, ArpTimeoutError))


def poll(
    look: Invoke,
    is_done: Callable[[Any], bool],
    waiting: Waiting,
    deadline: float | None,
    what: str,
    first: Any = None,
) -> Flow[Any]:
    """Look until it is done: often at first, then less, and through failures that may pass.

    Args:
        look: The call that looks.
        is_done: Whether an answer is the last one.
        waiting: How to wait.
        deadline: When to give up, by `time.monotonic()`, or None.
        what: What is waited for, for the error.
        first: An answer that is there already, or None.

    Raises:
        ArpWaitTimeoutError: At the deadline; it holds the last answer.
        ArpError: What the service answers that will not pass.
    """
    last: Any = None
    answer = first
    interval = _FIRST_INTERVAL
    failing_since: float | None = None
    looked = first is not None
    while True:
        if answer is not None:
            if answer != last:
                interval = _FIRST_INTERVAL
                if waiting.on_update is not None:
                    waiting.on_update(answer)
            last = answer
            if is_done(answer):
                return answer
        if looked:
            yield Pause(_pause(interval, waiting, deadline, what, last))
            interval = min(interval * _GROWTH, waiting.max_interval)
        looked = True
        try:
            answer = yield Invoke(look.operation, look.path, look.query, deadline=deadline)
            failing_since = None
        except ArpError as error:
            answer = None
            now = time.monotonic()
            failing_since = failing_since or now
            in_time = deadline is None or now < deadline
            if in_time and (not is_transient(error) or now - failing_since > waiting.patience):
                raise


def _pause(
    interval: float, waiting: Waiting, deadline: float | None, what: str, last: Any
) -> float:
    """Seconds until the next look, or the error that the time is up."""
    pause = min(interval, waiting.max_interval) * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311
    if deadline is None:
        return pause
    now = time.monotonic()
    if now >= deadline:
        raise ArpWaitTimeoutError(f"{what} is not done after {waiting.timeout:g} s", last=last)
    return min(pause, deadline - now)


def wait_flow(work: LongRunning[S, R], id_: str, waiting: Waiting) -> Flow[S]:
    """Wait for work to end, and return its last status."""
    status: S = yield from _wait(work, id_, waiting, waiting.deadline(), None)
    return status


def _wait(
    work: LongRunning[S, R], id_: str, waiting: Waiting, deadline: float | None, first: Any
) -> Flow[Any]:
    look = Invoke(work.status, (id_,))
    return (yield from poll(look, work.is_final, waiting, deadline, f"{work.id} {id_}", first))


def run_flow(
    work: LongRunning[S, R], request: Any, waiting: Waiting, cancel_on_timeout: bool, check: bool
) -> Flow[R]:
    """Submit work, wait for it, and return its result."""
    deadline = waiting.deadline()
    status = yield Invoke(work.submit, body=work.request(request), deadline=deadline)
    id_ = getattr(status, work.id)
    try:
        status = yield from _wait(work, id_, waiting, deadline, status)
    except ArpWaitTimeoutError as error:
        if cancel_on_timeout:
            error.canceled = yield from cancel_flow(work, error.last)
        raise
    if deadline is None:
        return (yield from result_flow(work, status, check))
    try:
        # It has ended in time: its result may come a moment later.
        late = max(deadline, time.monotonic() + _GRACE_SECONDS)
        return (yield from result_flow(work, status, check, late))
    except ArpTimeoutError:
        pass
    raise ArpWaitTimeoutError(f"the result of {work.id} {id_} did not come", last=status)


def result_flow(
    work: LongRunning[S, R], status: Any, check: bool, deadline: float | None = None
) -> Flow[R]:
    """The result of work that has ended.

    Raises:
        ArpRunFailed: If it did not reach its goal, unless `check` is False and there is a
            result to return.
    """
    id_ = getattr(status, work.id)
    result: Any = None
    try:
        result = yield Invoke(work.result, (id_,), deadline=deadline)
    except ArpApiError as error:
        # Services need not keep a result for work that was canceled or failed.
        if is_transient(error) or error.status_code not in (404, 409, 410):
            raise
    if result is not None and (getattr(result, work.ok) or not check):
        final: R = result
        return final
    message = f"{work.id.removesuffix('_id')} {id_} {getattr(status, work.state)}"
    reported = getattr(result, work.error, None) if work.error else None
    if reported is not None:
        message += f": {getattr(reported, 'code', '')}: {getattr(reported, 'message', '')}"
    raise ArpRunFailed(message, status=status, result=result)


def cancel_flow(work: LongRunning[S, R], status: Any) -> Flow[bool]:
    """Ask for work to be canceled; whether the request was accepted."""
    try:
        if isinstance(work.cancel, CancelElsewhere):
            return (yield from _cancel_elsewhere(work, work.cancel, status))
        if work.cancel is None:
            return False
        deadline = time.monotonic() + _GRACE_SECONDS
        yield Invoke(work.cancel, (getattr(status, work.id),), deadline=deadline)
        return True
    except ArpError:
        return False


def _cancel_elsewhere(work: LongRunning[S, R], cancel: CancelElsewhere, status: Any) -> Flow[bool]:
    name = getattr(status, cancel.worker)
    deadline = time.monotonic() + _GRACE_SECONDS
    listed = yield Invoke(cancel.workers, deadline=deadline)
    workers: Iterable[Any] = getattr(listed, cancel.items)
    for worker in workers:
        if name is not None and getattr(worker, cancel.key) == name:
            url = getattr(worker, cancel.endpoint)
            path = (getattr(status, work.id),)
            yield Invoke(cancel.operation, path, deadline=deadline, base_url=url)
            return True
    return False
