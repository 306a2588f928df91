"""Work that goes on after it was accepted: wait for it, fetch its result, cancel it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from arp_sdk.core._call.effects import Delegate, Steps
from arp_sdk.core._call.request import effect_id
from arp_sdk.core._contract.workflows import LongRunning
from arp_sdk.errors import (
    ArpApiError,
    ArpRunFailed,
    ArpTimeoutError,
    ArpValidationError,
    ArpWaitTimeoutError,
)

from .events import has_begun, watch_steps
from .polling import GRACE_SECONDS, LONGEST_POLL, Waiting, is_transient, poll
from .steps import Caller
from .workers import cancel_steps

R = TypeVar("R")
S = TypeVar("S")


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
    began = caller.clock()
    known_at = None if first is None else began
    what = f"{work.id} {id_}"
    settled_at: float | None = None

    def is_done(status: S) -> bool:
        nonlocal settled_at
        if str(getattr(status, work.state)) not in work.overtaken:
            return work.is_final(status)
        # What was about to end when it was canceled still may.
        now = caller.clock()
        if settled_at is None:
            late = now + GRACE_SECONDS
            settled_at = late if deadline is None else min(late, deadline - LONGEST_POLL)
        return now >= settled_at

    def polled(is_done: Callable[[Any], bool], first: Any, last: Any) -> Steps[Any]:
        status, path = work.status, (id_,)
        return poll(
            caller, status, path, is_done, waiting, deadline, what, first, known_at, last, began
        )

    def look(last: Any) -> Steps[Any]:
        return polled(lambda _: True, None, last)

    if not waiting.by_events or work.events is None or "" in caller.waits.eventless:
        return (yield from polled(is_done, first, None))
    status = yield from polled(lambda status: has_begun(work, status), first, None)
    if waiting.on_event is not None or not is_done(status):
        watched = watch_steps(caller, work, id_, waiting, deadline, status, look, is_done)
        status = yield from watched
    return (yield from polled(is_done, status, status))


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
        late = max(deadline, caller.clock() + GRACE_SECONDS)
        return (yield from result_steps(caller, work, status, check, late))
    except ArpTimeoutError:
        pass
    raise ArpWaitTimeoutError(f"the result of {work.id} {id_} did not arrive in time", last=status)


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
    elif reason := work.failure(result):
        message += f": {reason}"
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
