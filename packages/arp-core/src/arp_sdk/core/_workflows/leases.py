"""Resources that are created, awaited, used and deleted."""

from __future__ import annotations

import logging
from typing import Any, TypeVar

from arp_sdk.core._call.effects import Finish, Steps
from arp_sdk.core._contract.workflows import Leasable
from arp_sdk.errors import ArpApiError, ArpError, ArpNotReadyError

from .polling import Waiting, poll
from .steps import Caller

T = TypeVar("T")

logger = logging.getLogger("arp_sdk")


def ready_steps(
    caller: Caller, lease: Leasable[T], id_: str, waiting: Waiting, deadline: float | None
) -> Steps[T]:
    """Wait until a resource can be used, and return it."""

    def is_done(listed: Any) -> bool:
        resource = _find(lease, listed, id_)
        state = None if resource is None else str(getattr(resource, lease.state))
        if state in lease.ready:
            return True
        # A state that this version does not know may lead anywhere.
        known = resource is None or getattr(getattr(resource, lease.state), "is_known", True)
        if state in lease.pending or not known:
            return False
        raise ArpNotReadyError(
            f"{lease.id} {id_} is {state or 'gone'} and will not become ready", last=resource
        )

    what = f"{lease.id} {id_}"
    listed = yield from poll(caller, lease.list, (), is_done, waiting, deadline, what)
    ready: T = _find(lease, listed, id_)
    return ready


def create_steps(caller: Caller, lease: Leasable[T], body: Any, waiting: Waiting) -> Steps[list[T]]:
    """Create resources and wait until all can be used; delete them if one cannot."""
    deadline = waiting.deadline(caller.clock)
    create = caller.invoke(lease.create, body=body, deadline=deadline)
    finish = Finish(create)
    try:
        yield finish
        ready: list[T] = []
        for resource in _created(lease, finish.results):
            if str(getattr(resource, lease.state)) not in lease.ready:
                id_ = getattr(resource, lease.id)
                resource = yield from ready_steps(caller, lease, id_, waiting, deadline)
            ready.append(resource)
        return ready
    except GeneratorExit:  # nobody is left to send anything
        raise
    except BaseException:
        yield Finish(delete_steps(caller, lease, _created(lease, finish.results), quietly=True))
        raise


def release_steps(
    caller: Caller, lease: Leasable[T], resources: list[Any], *, quietly: bool
) -> Steps[None]:
    """Delete all resources, even if the caller is canceled again and again meanwhile."""
    yield Finish(delete_steps(caller, lease, resources, quietly=quietly))


def delete_steps(
    caller: Caller, lease: Leasable[T], resources: list[Any], *, quietly: bool
) -> Steps[None]:
    """Delete all resources, even if some fail; then raise the first error, unless quietly.

    An interrupt is raised after all were tried, a second one at once.
    """
    first: ArpError | None = None
    interrupt: BaseException | None = None
    for resource in resources:
        id_ = getattr(resource, lease.id)
        try:
            yield Finish(caller.invoke(lease.delete, (id_,)))
        except ArpError as error:
            gone = isinstance(error, ArpApiError) and error.status_code == 404
            first = first or (None if gone else error)
            if not gone:
                logger.warning("%s %s could not be deleted: %s", lease.id, id_, error)
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


def _created(lease: Leasable[T], responses: list[Any]) -> list[Any]:
    return [resource for response in responses for resource in getattr(response, lease.items)]


def _find(lease: Leasable[T], listed: Any, id_: str) -> Any:
    resources: list[Any] = getattr(listed, lease.items)
    return next((each for each in resources if getattr(each, lease.id) == id_), None)
