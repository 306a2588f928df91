"""Runs a case of the table and says what came of it, in the table's words."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
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
from faults.proxy import Limits, Proxy, Script, Stage
from faults.table import Case, cell

RETRIES = Retries(limit=2, backoff=0.002)

_tags = (f"tag-{number}" for number in count())


@dataclass
class Recorder:
    """A client's `on_request`: notes what it sends, as the table writes it.

    Attributes:
        sent: So far.
        run_id: Of the run that was asked for, if any was.
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
    """What came of a case.

    Attributes:
        cell: In the table's words.
        seconds: How long the call took.
        error: What it raised, or None.
        run_id: Of the run that it asked for, or None.
    """

    cell: str
    seconds: float
    error: Exception | None
    run_id: str | None


def observe(case: Case, origin: Origin, proxy: Proxy, client: Client, tag: str) -> Observation:
    """Let a client's call meet the case's faults."""
    trial = case.trial
    trial.arrange(origin, tag)
    recorder = Recorder(proxy, trial)
    told = client.with_options(on_request=recorder)
    proxy.plan = case.plan()
    warm_up(case, proxy, client)
    started = time.monotonic()
    error: Exception | None = None
    try:
        result = trial.call(told, tag)
        outcome = "ok" if trial.right(result, tag) else f"wrong:{result}"
    except Exception as raised:
        error, outcome = raised, name_of(raised)
    seconds = time.monotonic() - started
    # On a machine that is busy, a request may outlast the patience of the client that sent it.
    eventually(lambda: origin.effects[tag] >= case.effects)
    written = cell(recorder.sent, outcome, origin.effects[tag], trial)
    return Observation(written, seconds, error, recorder.run_id)


def matches(case: Case, seen: str) -> bool:
    """Whether what came of a case is what the table says."""
    pattern = re.escape(case.expected).replace(re.escape(">*"), ">*")
    return re.fullmatch(pattern, seen) is not None


def warm_up(case: Case, proxy: Proxy, client: Any) -> None:
    """Let there be an idle connection, if the case's fault is for one."""
    stage = case.faults[0].stage
    if stage in (Stage.IDLE, Stage.REUSED):
        client.health()
    if stage is Stage.IDLE and not proxy.idle_faults.wait(5):
        raise RuntimeError("the idle connection was left alone")


def name_of(error: Exception) -> str:
    """An error in the table's words; one that no client may raise, by its class."""
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
def proxied(origin: Origin) -> Iterator[Proxy]:
    """A proxy before the origin."""
    proxy = Proxy(origin.address)
    try:
        yield proxy
    finally:
        proxy.close()


@contextmanager
def client_of(
    trial: Trial, proxy: Proxy, limits: Limits, idempotent: bool = False
) -> Iterator[Client]:
    """A client for the trial that talks to its service through the proxy."""
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
    """One that no other call has."""
    return next(_tags)


def recovered(proxy: Proxy, client: Any) -> bool:
    """Whether the client gets right answers once nothing goes wrong any more."""
    proxy.plan = Script()
    return all(client.health().status == "ok" for _ in range(2))


def eventually(condition: Callable[[], bool], seconds: float = 2.0) -> bool:
    """Whether it comes true: what one side of a connection does, the other sees later."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.001)
    return True
