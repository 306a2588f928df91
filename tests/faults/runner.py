"""Runs a case of the fault table, and describes the outcome as the table does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from arp_sdk.core import Client, HttpRequest, Retries
from arp_sdk.errors import (
    ArpApiError,
    ArpConnectionError,
    ArpDecodeError,
    ArpError,
    ArpRedirectError,
    ArpResponseTooLargeError,
    ArpTimeoutError,
)
from faults.catalogue import MAX_BYTES
from faults.operations import Trial
from faults.origin import Origin
from faults.table import Case, cell
from support.proxy import Limits, Proxy, Script, Stage
from support.wire import eventually

RETRIES = Retries(limit=2, backoff=0.002)

_numbers = count()


@dataclass
class Recorder:
    """A client's `on_request` that notes each request as the table writes it.

    Attributes:
        sent: The requests so far.
    """

    proxy: Proxy
    trial: Trial
    sent: str = ""
    run_id: str | None = None
    _urls: dict[str, str] = field(default_factory=dict)

    def __call__(self, request: HttpRequest) -> None:
        self.proxy.prepare()
        if request.url != self._urls.setdefault(request.operation, request.url):
            self.sent += ">"
        elif request.operation != self.trial.name:
            self.sent += "?"
        else:
            self.sent += "S"
            self.run_id = json.loads(request.body or b"{}").get("run_id")


@dataclass(frozen=True)
class Observation:
    """The outcome of a case.

    Attributes:
        cell: The outcome as the table writes it.
    """

    cell: str
    error: Exception | None
    run_id: str | None


def observe(case: Case, origin: Origin, proxy: Proxy, client: Client, tag: str) -> Observation:
    """Make a call that meets the faults of the case."""
    trial = case.trial
    trial.arrange(origin, tag)
    recorder = Recorder(proxy, trial)
    recorded = client.with_options(on_request=recorder)
    proxy.plan = case.plan()
    warm_up(case, proxy, client)
    error: Exception | None = None
    try:
        result = trial.call(recorded, tag)
        outcome = "ok" if trial.right(result, tag) else f"wrong:{result}"
    except Exception as raised:
        error, outcome = raised, name_of(raised)
    # On a busy machine, the client may give up before the server has carried out the request.
    eventually(lambda: origin.effects[tag] >= case.effects)
    return Observation(
        cell(recorder.sent, outcome, origin.effects[tag], trial), error, recorder.run_id
    )


def matches(case: Case, seen: str) -> bool:
    """Tell whether the outcome of a case is the expected one."""
    pattern = re.escape(case.expected).replace(re.escape(">*"), ">*")
    return re.fullmatch(pattern, seen) is not None


def warm_up(case: Case, proxy: Proxy, client: Any) -> None:
    """Open an idle connection, if the fault of the case hits one."""
    stage = case.faults[0].stage
    if stage in (Stage.IDLE, Stage.REUSED):
        client.health()
    if stage is Stage.IDLE and not proxy.idle_faults.wait(30):
        raise RuntimeError("the fault did not hit the idle connection")


def name_of(error: Exception) -> str:
    """Name an error as the table does; one that no client may raise, by its class."""
    if isinstance(error, ArpApiError):
        return str(error.status_code)
    for kind, name in _NAMES.items():
        if isinstance(error, kind):
            return name
    return type(error).__name__


_NAMES: dict[type[ArpError], str] = {
    ArpConnectionError: "conn",
    ArpTimeoutError: "timeout",
    ArpResponseTooLargeError: "large",
    ArpDecodeError: "decode",
    ArpRedirectError: "moved",
}


@contextmanager
def client_of(
    trial: Trial, proxy: Proxy, limits: Limits, idempotent: bool = False
) -> Iterator[Client]:
    """Make a client for the trial that talks to its service through the proxy."""
    client = trial.client(
        f"{proxy.url}/{trial.service}",
        timeout=limits.read,
        deadline=limits.deadline,
        retries=RETRIES,
        max_response_bytes=MAX_BYTES,
        idempotent=idempotent,
        on_request=lambda request: proxy.prepare(),
    )
    with client:
        yield client


def new_tag() -> str:
    """Return a tag that no other call has."""
    return f"tag-{next(_numbers)}"


def recovered(proxy: Proxy, client: Any) -> bool:
    """Tell whether the client works again once nothing goes wrong any more."""
    proxy.plan = Script()
    patient = client.with_options(timeout=10.0, deadline=30.0)
    return all(patient.health().status == "ok" for _ in range(2))
