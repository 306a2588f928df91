"""Clients without a network: what each attempt comes to is written down beforehand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import urllib3
import urllib3.exceptions as u3
from requests.structures import CaseInsensitiveDict

from arp_sdk.core import Client, HttpRequest, HttpResponse, Operation
from arp_sdk.core._call.effects import CallResult, Pause, Read, Send, Steps
from arp_sdk.core._http.messages import Failure
from arp_sdk.core._http.urls import origin
from arp_sdk.core._sync._requests.connections import Body
from support.clients import kind

HOME = "http://service.example:8000"
_MOST_REQUESTS = 100


@dataclass(frozen=True)
class Planned:
    """An answer to give.

    Attributes:
        status: HTTP status.
        headers: In order; names may repeat.
        body: Decompressed.
        cuts: Where a streamed body falls into pieces.
        breaks: Whether the connection breaks after a streamed body.
    """

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes
    cuts: Sequence[int] = ()
    breaks: bool = False

    def response(self, url: str, streamed: bool) -> HttpResponse:
        merged: CaseInsensitiveDict[str] = CaseInsensitiveDict()
        for name, value in self.headers:
            merged[name] = f"{merged[name]}, {value}" if name in merged else value
        if not streamed or not 200 <= self.status < 300:
            return HttpResponse(self.status, merged, self.body, url, 0.001)
        body: Any = Body(cast(urllib3.BaseHTTPResponse, _Source(self)))
        return HttpResponse(self.status, merged, b"", url, 0.001, body)


class _Source:
    """Stands in for an answer of urllib3 whose body is still to be read."""

    def __init__(self, planned: Planned) -> None:
        self.status = planned.status
        self.closed = False
        self._pieces = pieces_of(planned.body, planned.cuts)
        self._breaks = planned.breaks

    def read1(self, size: int, decode_content: bool) -> bytes:
        while self._pieces:
            piece = self._pieces.pop(0)
            if piece:
                return piece
        if self._breaks:
            raise u3.ProtocolError("the connection broke")
        return b""

    def close(self) -> None:
        self.closed = True

    def release_conn(self) -> None:
        assert self.closed


def pieces_of(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    ends = sorted({min(cut, len(data)) for cut in cuts} | {len(data)})
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@dataclass
class Script:
    """Drives an exchange by a plan, and checks what the exchange asks for.

    Attributes:
        plan: What each attempt comes to; the last one again and again.
        renews: Whether there is a new token after a 401.
        sent: The requests that the exchange wanted sent.
        shown: The planned answers that were given.
    """

    operation: Operation[Any]
    plan: Sequence[Planned | Failure]
    renews: bool = False
    leaves: bool = False
    sent: list[HttpRequest] = field(default_factory=list)
    shown: list[Planned | Failure] = field(default_factory=list)

    def install(self, client: Client) -> None:
        async def awaited(steps: Steps[CallResult], _: object = None) -> CallResult:
            return self.drive(steps)

        client.__dict__["_drive"] = self.drive if kind() == "threads" else awaited

    def drive(self, steps: Steps[CallResult], _: object = None) -> CallResult:
        outcome: Any = None
        while True:
            try:
                effect = steps.send(outcome)
            except StopIteration as stop:
                result: CallResult = stop.value
                return result
            if isinstance(effect, Send):
                outcome = self._send(effect)
            elif isinstance(effect, Read):
                outcome = effect.body.read()
            elif isinstance(effect, Pause):
                assert math.isfinite(effect.seconds) and 0 <= effect.seconds <= 60
                outcome = None
            else:
                outcome = self.renews

    def _send(self, effect: Send) -> HttpResponse | Failure:
        request = effect.request
        at_home = origin(request.url) == origin(HOME)
        assert request.url.startswith(("http://", "https://"))
        assert at_home or self.leaves
        assert effect.with_credentials == at_home
        key = self.operation.effect_key
        lookup = key is not None and request.operation == key.lookup.name
        assert request.method == self.operation.method or (lookup and request.method == "GET")
        planned = self.plan[min(len(self.sent), len(self.plan) - 1)]
        self.sent.append(request)
        self.shown.append(planned)
        assert len(self.sent) <= _MOST_REQUESTS
        return (
            planned
            if isinstance(planned, Failure)
            else planned.response(request.url, effect.stream)
        )
