"""The events of work: where they come from, and a wait that reads them."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from typing import Any, TypeVar

from arp_sdk.core._call.effects import Pause, Steps
from arp_sdk.core._contract.workflows import LongRunning, WorkerLookup
from arp_sdk.core._streaming.stream_state import StreamState
from arp_sdk.errors import ArpApiError, ArpError

from .polling import Waiting, is_transient, poll, within_grace
from .steps import Caller
from .workers import hint_for, worker_url

logger = logging.getLogger("arp_sdk")

R = TypeVar("R")
S = TypeVar("S")

_UNSUPPORTED = (405, 501)
# Seconds. Whatever a stream says or does not say, the status is requested as often as this.
LOOK_INTERVAL = 20.0
_FIRST_PAUSE = 0.005
_MOST_WORKERS = 1000


class NoEventsError(ArpError):
    """There is no service that has the events."""


def lacks_events(work: LongRunning[Any, Any], error: ArpError) -> bool:
    """Return True if an error means that the service has no events, which are optional."""
    if isinstance(error, ArpApiError) and error.status_code == 404:
        # Of a service that never heard of events; not if the work itself is unknown.
        url = error.url or ""
        return work.events is not None and url.endswith(work.events.path_pieces[-1])
    if isinstance(error, ArpApiError):
        return error.status_code in _UNSUPPORTED
    return isinstance(error, NoEventsError)


def has_begun(work: LongRunning[S, R], status: Any) -> bool:
    """Return True if it is known where the events of work come from, or that it has ended."""
    at_work = work.worker is None or getattr(status, work.worker.name) is not None
    return at_work or work.is_final(status)


def locate_steps(
    caller: Caller, work: LongRunning[S, R], id_: str, waiting: Waiting
) -> Steps[str | None]:
    """Wait until work has begun, and return the base URL of its worker; None for this service.

    Raises:
        NoEventsError: If it has no worker, or one that the service does not list.
        ArpWaitTimeoutError: If it has not begun in time.
    """
    if work.worker is None:
        return None
    deadline, what = waiting.deadline(caller.clock), f"{work.id} {id_}"

    def begun(status: Any) -> bool:
        return has_begun(work, status)

    status = yield from poll(caller, work.status, (id_,), begun, waiting, deadline, what)
    url = yield from worker_url(caller, work.worker, getattr(status, work.worker.name), deadline)
    if url is None:
        raise NoEventsError(f"{what}: the service does not list a worker that has the events")
    return url


def watch_steps(
    caller: Caller,
    work: LongRunning[S, R],
    id_: str,
    waiting: Waiting,
    deadline: float | None,
    status: Any,
    look: Callable[[Any], Steps[Any]],
    is_done: Callable[[Any], bool],
) -> Steps[Any]:
    """Read the events of work until it has ended, or they are of no more use; return its status.

    The status decides, not the events: it is requested after the last event, if the stream
    breaks, and every `LOOK_INTERVAL` seconds. The work has begun. `look` requests the status, given
    the last one, and `is_done` returns True for the last one.
    """
    if work.events is None:
        return status
    url: str | None = None
    name = None if work.worker is None else getattr(status, work.worker.name)
    if work.worker is not None:
        url = yield from _known_url(caller, work.worker, name, deadline)
        if url is None:
            return status
    if (url or "") in caller.waits.eventless:
        return status
    until = math.inf if deadline is None else deadline
    over_at = within_grace(caller.clock) if is_done(status) else None
    if over_at is not None:
        until = min(until, over_at)
    state = caller.watch(work.events, (id_,), work.streamed, until, url)
    stops, wanted = waiting.on_update is not None, waiting.on_event is not None
    failure: ArpError | None = None
    try:
        while True:
            before = state.cursor.seq
            try:
                yield from _read(caller, state, work, id_, waiting, stops)
                failure, stops = None, False
            except ArpError as error:
                # A stream that cannot be opened has ended, too: the next attempt waits.
                state.hang_up()
                failure = error.with_traceback(None)
            breaks = failure is not None and is_transient(failure)
            if over_at is None:
                status = yield from look(status)
                over_at = within_grace(caller.clock) if is_done(status) else None
            if over_at is not None:
                # A caller that wants the events also gets those after the break.
                has_more = state.ended and (breaks or state.cursor.seq != before)
                if not wanted or not has_more or caller.clock() > over_at:
                    break
            if state.cursor.final or (failure is not None and not breaks):
                break
            pause = state.pause() if state.ended else 0.0
            if pause is None:
                break
            if pause:
                left = math.inf if deadline is None else deadline - caller.clock()
                yield Pause(max(0.0, min(pause, left)))
    finally:
        state.leave()
    if failure is not None and (over_at is None or wanted):
        _give_up(caller, f"{work.id} {id_}", url, name, failure, wanted)
    return status


def _known_url(
    caller: Caller, lookup: WorkerLookup, name: str | None, deadline: float | None
) -> Steps[str | None]:
    """Return the base URL of a worker, or None if it cannot be found."""
    known, sought = caller.waits.workers, caller.waits.sought
    if name is None or name in known:
        return known.get(name or "")
    mark, pause = object(), _FIRST_PAUSE
    if sought.setdefault(name, mark) is not mark:
        # Of many runs on a worker, one asks for its address.
        until = within_grace(caller.clock, deadline)
        while name in sought and caller.clock() + pause < until:
            yield Pause(pause)
            pause *= 2
        return known.get(name)
    try:
        url = known.get(name)
        if url is None:
            url = yield from worker_url(caller, lookup, name, deadline)
        if url is not None:
            if len(known) >= _MOST_WORKERS:
                known.clear()
            known[name] = url
        return url
    except ArpError as error:
        logger.info("%s %s was not found: %s", lookup.name, name, error)
        return None
    finally:
        sought.pop(name, None)


def _read(
    caller: Caller,
    state: StreamState[Any],
    work: LongRunning[S, R],
    id_: str,
    waiting: Waiting,
    stops: bool,
) -> Steps[None]:
    """Read events until the last one, the end of the stream, or the time to look at the status.

    With `stops`, the first event is such a time: it means that the work has begun.
    """
    look_at = caller.clock() + LOOK_INTERVAL
    if state.ended:
        yield from state.open()
    while caller.clock() < look_at:
        while state.ready:
            event = (yield from state.take_apart()) if state.is_large else state.take()
            if event is None or getattr(event, work.id, id_) != id_:
                continue
            if waiting.on_event is not None:
                waiting.on_event(event)
            if stops:
                return
        if state.cursor.final or state.ended:
            return
        yield from state.receive()


def _give_up(
    caller: Caller,
    what: str,
    url: str | None,
    worker: str | None,
    failure: ArpError,
    wanted: bool,
) -> None:
    """Note why events are of no more use. Polls go on, and report what does not pass."""
    if isinstance(failure, ArpApiError) and failure.status_code in _UNSUPPORTED:
        caller.waits.eventless.add(url or "")
    if worker is not None:
        caller.waits.workers.pop(worker, None)
    level = logging.WARNING if wanted else logging.DEBUG if url is None else logging.INFO
    logger.log(level, "%s: no more events: %s%s", what, failure, hint_for(failure, url))
