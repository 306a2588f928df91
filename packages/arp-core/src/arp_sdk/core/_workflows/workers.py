"""Services that do the work which another service accepts."""

from __future__ import annotations

from typing import Any, TypeVar

from arp_sdk.core._call.effects import Steps
from arp_sdk.core._contract.workflows import LongRunning, WorkerLookup
from arp_sdk.errors import ArpApiError, ArpError

from .polling import within_grace
from .steps import Caller

R = TypeVar("R")
S = TypeVar("S")


def worker_url(
    caller: Caller, lookup: WorkerLookup, name: str | None, deadline: float | None = None
) -> Steps[str | None]:
    """Return the base URL of the worker with a name, or None if the service does not list it."""
    if name is None:
        return None
    until = within_grace(caller.clock, deadline)
    listed = yield from caller.invoke(lookup.workers, deadline=until)
    for worker in getattr(listed, lookup.items):
        if getattr(worker, lookup.key) == name:
            url: str = getattr(worker, lookup.endpoint)
            return url
    return None


def cancel_steps(caller: Caller, work: LongRunning[S, R], status: Any) -> Steps[str | None]:
    """Ask for work to be canceled; return the reason if that failed, or None."""
    if work.cancel is None:
        return "the service has no operation that cancels"
    url: str | None = None
    try:
        if work.worker is not None:
            name = getattr(status, work.worker.name)
            url = yield from worker_url(caller, work.worker, name)
            if url is None:
                return f"the service does not list the {work.worker.name} {name}"
        deadline, path = within_grace(caller.clock), (getattr(status, work.id),)
        yield from caller.invoke(work.cancel, path, deadline=deadline, base_url=url)
        return None
    except ArpError as error:
        return f"{error}{hint_for(error, url)}"


def hint_for(error: ArpError, url: str | None) -> str:
    """Return the advice for a worker that refuses the credentials, or an empty string."""
    unauthorized = isinstance(error, ArpApiError) and error.status_code in (401, 403)
    return " (pass worker_auth= with its credentials)" if unauthorized and url else ""
