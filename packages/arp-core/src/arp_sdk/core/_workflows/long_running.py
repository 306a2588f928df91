"""Work that goes on after it was accepted: wait for it, fetch its result, cancel it."""

from __future__ import annotations

import logging
import math
import random
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from arp_sdk.core._call.effects import Clock, Delegate, Pause, Steps
from arp_sdk.core._call.error_body import is_html
from arp_sdk.core._call.request import effect_id
from arp_sdk.core._contract.operation import Operation
from arp_sdk.core._contract.workflows import CancelElsewhere, LongRunning
from arp_sdk.core._options import Options
from arp_sdk.errors import (
    ArpApiError,
    ArpConnectionError,
    ArpDecodeError,
    ArpError,
    ArpRunFailed,
    ArpTimeoutError,
    ArpValidationError,
    ArpWaitTimeoutError,
)

from .steps import Caller

logger = logging.getLogger("arp_sdk")

R = TypeVar("R")
S = TypeVar("S")

# Seconds. The pause between two polls is a small share of the time waited so far, so that the end
# is seen late by as small a share; the constant keeps the first polls apart.
_FIRST_INTERVAL = 0.005
_INTERVAL = 0.015
_SHARE = 0.025
_JITTER = 0.1
_GRACE_SECONDS = 5.0
_LONGEST_POLL = 1.0


class Waiting(msgspec.Struct, frozen=True):
    """The way to wait for something.

    Attributes:
        timeout: Seconds to wait altogether; None for no limit.
        max_interval: Seconds; the longest pause between two polls.
        patience: Seconds for which polls may fail before their error is raised.
        on_update: Called with each status that differs from the one before.
    """

    timeout: float | None = None
    max_interval: float = _LONGEST_POLL
    patience: float = 600.0
    on_update: Callable[[Any], None] | None = None

    @classmethod
    def of(
        cls,
        options: Options,
        timeout: float | None,
        on_update: Callable[[Any], None] | None = None,
        max_interval: float = _LONGEST_POLL,
    ) -> Waiting:
        """Return the way to wait that a method's arguments and the client's options ask for."""
        return cls(timeout, max_interval, options.deadline, on_update)

    def deadline(self, clock: Clock) -> float | None:
        """Return the time at which to give up, counted from now; None for never."""
        return None if self.timeout is None else clock() + self.timeout


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
) -> Steps[Any]:
    """Call an operation until it is done: often at first, then less, tolerating failures.

    Args:
        caller: The client.
        operation: The operation to call.
        path: Values of its path parameters.
        is_done: Returns True for the last value.
        waiting: The way to wait.
        deadline: Time to give up, by the client's clock, or None.
        what: The subject of the wait, for the error.
        first: A value that is there already, or None.
        known_at: Time at which a service said that the subject exists, or None. A 404 soon
            after that comes from a replica that lags behind.
        last: The last value that was reported, or None.

    Raises:
        ArpWaitTimeoutError: At the deadline; it holds the last value.
        ArpError: An error that will not pass.
    """
    value = first
    failing_since: float | None = None
    polls = 0 if first is None else 1
    began = caller.clock()
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
    return lost and known_at is not None and now - known_at < _GRACE_SECONDS


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


def wait_steps(caller: Caller, work: LongRunning[S, R], id_: str, waiting: Waiting) -> Steps[S]:
    """Wait for work to end, and return its last status."""
    deadline = waiting.deadline(caller.clock)
    status: S = yield from _wait(caller, work, id_, waiting, deadline, None)
    return status


def _wait(
    caller: Caller,
    work: LongRunning[S, R],
    id_: str,
    waiting: Waiting,
    deadline: float | None,
    first: Any,
) -> Steps[Any]:
    known_at = None if first is None else caller.clock()
    last: Any = None
    what = f"{work.id} {id_}"
    settled_at: float | None = None

    def is_done(status: S) -> bool:
        nonlocal settled_at
        if str(getattr(status, work.state)) not in work.overtaken:
            return work.is_final(status)
        # What was about to end when it was canceled still may.
        now = caller.clock()
        if settled_at is None:
            late = now + _GRACE_SECONDS
            settled_at = late if deadline is None else min(late, deadline - _LONGEST_POLL)
        return now >= settled_at

    def polled(is_done: Callable[[Any], bool], first: Any, last: Any) -> Steps[Any]:
        status, path = work.status, (id_,)
        return poll(caller, status, path, is_done, waiting, deadline, what, first, known_at, last)

    if work.events is not None and not caller.waits.eventless:
        if first is None:
            first = yield from polled(lambda _: True, None, None)
        elif waiting.on_update is not None:
            waiting.on_update(first)
        if is_done(first):
            return first
        last = yield from _follow_events(caller, work, id_, waiting, deadline, first)
        first = None
    return (yield from polled(is_done, first, last))


def _follow_events(
    caller: Caller,
    work: LongRunning[S, R],
    id_: str,
    waiting: Waiting,
    deadline: float | None,
    last: Any,
) -> Steps[Any]:
    """Read the events of work until its end, or until they are of no more use.

    Returns:
        The last status that was reported.
    """
    assert work.events is not None  # noqa: S101  # the caller looks
    until = math.inf if deadline is None else deadline
    state = caller.watch(work.events, (id_,), work.streamed, until)
    update = waiting.on_update
    try:
        yield from state.open()
        while not state.cursor.final:
            if not state.ready:
                yield from state.receive()
                if not state.ready:
                    break
            event = (yield from state.take_apart()) if state.is_large else state.take()
            if event is not None and update is not None:
                # The first event means that the work has begun.
                status = yield from caller.invoke(work.status, (id_,), deadline=deadline)
                if status != last:
                    update(status)
                last, update = status, None
    except ArpError as error:
        # Events are optional: polls go on, and report an error that does not pass.
        if isinstance(error, ArpApiError) and lacks_events(error) and error.status_code != 404:
            caller.waits.eventless = True
        logger.debug("%s %s: no more events: %s", work.id, id_, error)
    finally:
        state.leave()
    return last


def run_steps(
    caller: Caller,
    work: LongRunning[S, R],
    request: Any,
    waiting: Waiting,
    cancel_on_timeout: bool,
    check: bool,
    resume: bool = False,
) -> Steps[R]:
    """Submit work, wait for it, and return its result."""
    deadline = waiting.deadline(caller.clock)
    body = work.request(request)
    status = (yield from _find(caller, work, body, deadline)) if resume else None
    if status is None:
        status = yield from caller.invoke(work.submit, body=body, deadline=deadline)
    id_ = getattr(status, work.id)
    try:
        status = yield from _wait(caller, work, id_, waiting, deadline, status)
    except ArpWaitTimeoutError as error:
        if cancel_on_timeout:
            error.cancel_error = yield from cancel_steps(caller, work, error.last)
            error.canceled = error.cancel_error is None
        raise
    if deadline is None:
        return (yield from result_steps(caller, work, status, check))
    try:
        # The work ended in time, and its result may come a moment later.
        late = max(deadline, caller.clock() + _GRACE_SECONDS)
        return (yield from result_steps(caller, work, status, check, late))
    except ArpTimeoutError:
        pass
    raise ArpWaitTimeoutError(f"the result of {work.id} {id_} did not come", last=status)


def _find(
    caller: Caller, work: LongRunning[S, R], body: Any, deadline: float | None
) -> Steps[S | None]:
    """Return the status of work that was submitted before, or None if there is none.

    Raises:
        ArpValidationError: If the request does not say which work it stands for.
    """
    key = work.submit.effect_key
    id_ = None if key is None else effect_id(body, key)
    if id_ is None:
        raise ArpValidationError("is required by resume=True", subject=work.id)
    try:
        status: S = yield from caller.invoke(work.status, (id_,), deadline=deadline)
        return status
    except ArpApiError as error:
        if error.status_code != 404:
            raise
        return None


def follow_steps(
    caller: Caller, work: LongRunning[S, R], id_: str, waiting: Waiting, check: bool
) -> Steps[R]:
    """Wait for work that was submitted before, and return its result."""
    status = yield from wait_steps(caller, work, id_, waiting)
    return (yield from result_steps(caller, work, status, check))


def result_steps(
    caller: Caller,
    work: LongRunning[S, R],
    status: Any,
    check: bool,
    deadline: float | None = None,
) -> Steps[R]:
    """Return the result of work that has ended.

    Raises:
        ArpRunFailed: If it did not reach its goal, unless `check` is False and there is a
            result to return.
        ArpApiError: If it did, and its result is not available.
    """
    state = str(getattr(status, work.state))
    result: Any = None
    try:
        result = yield from _result(caller, work, status, deadline)
    except ArpApiError as error:
        # Services need not keep a result for work that was canceled or failed.
        lost = error.status_code in (404, 409, 410) and not is_transient(error)
        if not lost or state in work.succeeded:
            raise
    ok = state in work.succeeded
    if work.ok and result is not None:
        ok = getattr(result, work.ok)
    if result is not None and (ok or not check):
        final: R = result
        return final
    message = f"{work.id.removesuffix('_id')} {getattr(status, work.id)} {state}"
    if work.service and work.source is None:
        message += f" (pass {work.service}= for the reason)"
    elif reported := work.error and _at(result, work.error):
        message += f": {_at(reported, ('code',))}: {_at(reported, ('message',))}"
    raise ArpRunFailed(message, status=status, result=result)


def _result(
    caller: Caller, work: LongRunning[S, R], status: Any, deadline: float | None
) -> Steps[Any]:
    if work.result is None or (work.service and work.source is None):
        return status
    path = (getattr(status, work.result_id or work.id),)
    if work.source is None:
        return (yield from caller.invoke(work.result, path, deadline=deadline))
    other: Caller = work.source._caller
    return (yield Delegate(work.source, other.invoke(work.result, path, deadline=deadline)))


def _at(value: Any, path: Iterable[str]) -> Any:
    """Return what is at a path of properties or keys, or None."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
    return value


def cancel_steps(caller: Caller, work: LongRunning[S, R], status: Any) -> Steps[str | None]:
    """Ask for work to be canceled; return the reason if that failed, or None."""
    try:
        if isinstance(work.cancel, CancelElsewhere):
            return (yield from _cancel_elsewhere(caller, work, work.cancel, status))
        if work.cancel is None:
            return "the service has no operation that cancels"
        deadline = caller.clock() + _GRACE_SECONDS
        yield from caller.invoke(work.cancel, (getattr(status, work.id),), deadline=deadline)
        return None
    except ArpError as error:
        unauthorized = isinstance(error, ArpApiError) and error.status_code in (401, 403)
        elsewhere = isinstance(work.cancel, CancelElsewhere) and error.url is not None
        hint = " (pass worker_auth= with its credentials)" if unauthorized and elsewhere else ""
        return f"{error}{hint}"


def _cancel_elsewhere(
    caller: Caller, work: LongRunning[S, R], cancel: CancelElsewhere, status: Any
) -> Steps[str | None]:
    name = getattr(status, cancel.worker)
    deadline = caller.clock() + _GRACE_SECONDS
    listed = yield from caller.invoke(cancel.workers, deadline=deadline)
    workers: Iterable[Any] = getattr(listed, cancel.items)
    for worker in workers:
        if name is not None and getattr(worker, cancel.key) == name:
            url = getattr(worker, cancel.endpoint)
            path = (getattr(status, work.id),)
            yield from caller.invoke(cancel.operation, path, deadline=deadline, base_url=url)
            return None
    return f"the service does not list the {cancel.worker} {name}"


def lacks_events(error: ArpApiError) -> bool:
    """Return True if an error means that the service has no events, which are optional."""
    # 501, and 404 or 405 of services that never heard of them.
    return error.status_code in (404, 405, 501)
