"""Things that are created, waited for, used, and deleted in the end."""

from __future__ import annotations

import logging
from typing import Any, TypeVar

from arp_sdk.core._contract.workflows import Leasable
from arp_sdk.errors import ArpApiError, ArpError, ArpNotReadyError

from .long_running import Waiting, poll
from .steps import Flow, Invoke

T = TypeVar("T")

logger = logging.getLogger("arp_sdk")


def ready_flow(lease: Leasable[T], id_: str, waiting: Waiting, deadline: float | None) -> Flow[T]:
    """Wait until a thing can be used, and return it."""

    def is_done(answer: Any) -> bool:
        thing = _find(lease, answer, id_)
        state = None if thing is None else str(getattr(thing, lease.state))
        if state in lease.ready:
            return True
        # A state that this version does not know may lead anywhere.
        known = thing is None or getattr(getattr(thing, lease.state), "is_known", True)
        if state in lease.pending or not known:
            return False
        raise ArpNotReadyError(
            f"{lease.id} {id_} is {state or 'gone'} and will not become ready", last=thing
        )

    look = Invoke(lease.list)
    answer = yield from poll(look, is_done, waiting, deadline, f"{lease.id} {id_}")
    ready: T = _find(lease, answer, id_)
    return ready


def create_flow(lease: Leasable[T], body: Any, waiting: Waiting) -> Flow[list[T]]:
    """Create things and wait until all can be used; delete them if one cannot."""
    deadline = waiting.deadline()
    answers: list[Any] = []
    try:
        yield Invoke(lease.create, body=body, deadline=deadline, answers=answers)
        ready: list[T] = []
        for thing in _created(lease, answers):
            if str(getattr(thing, lease.state)) not in lease.ready:
                id_ = getattr(thing, lease.id)
                thing = yield from ready_flow(lease, id_, waiting, deadline)
            ready.append(thing)
        return ready
    except GeneratorExit:  # nobody is left to send anything
        raise
    except BaseException:
        yield from delete_flow(lease, _created(lease, answers), quietly=True)
        raise


def delete_flow(lease: Leasable[T], things: list[Any], *, quietly: bool) -> Flow[None]:
    """Delete all, whatever becomes of each; then raise the first error, unless quietly.

    An interrupt is raised when all were tried, a second one at once.
    """
    first: ArpError | None = None
    interrupt: BaseException | None = None
    for thing in things:
        try:
            yield Invoke(lease.delete, (getattr(thing, lease.id),), answers=[])
        except ArpError as error:
            gone = isinstance(error, ArpApiError) and error.status_code == 404
            first = first or (None if gone else error)
            if not gone:
                logger.warning(
                    "%s %s could not be deleted: %s", lease.id, getattr(thing, lease.id), error
                )
        except GeneratorExit:  # nobody is left to send anything
            raise
        except BaseException as error:
            if interrupt is not None:
                raise
            interrupt = error
    if interrupt is not None:
        raise interrupt
    if first is not None and not quietly:
        raise first


def _created(lease: Leasable[T], answers: list[Any]) -> list[Any]:
    return [thing for answer in answers for thing in getattr(answer, lease.items)]


def _find(lease: Leasable[T], answer: Any, id_: str) -> Any:
    things: list[Any] = getattr(answer, lease.items)
    return next((thing for thing in things if getattr(thing, lease.id) == id_), None)
