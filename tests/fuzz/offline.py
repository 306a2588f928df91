"""Responses without a network: an adapter of `requests` that returns planned responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from arp_sdk.core import Client, Operation

HOME = "http://service.example:8000"
_MOST_REQUESTS = 100


@dataclass(frozen=True)
class Planned:
    """A response to return.

    Attributes:
        headers: Headers in order; names may repeat.
        cuts: The places at which a streamed body is split.
        breaks: True if the connection breaks after the body.
    """

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes
    cuts: Sequence[int] = ()
    breaks: bool = False

    def response(self) -> urllib3.HTTPResponse:
        headers = urllib3.HTTPHeaderDict()
        for name, value in self.headers:
            if name != "Transfer-Encoding":  # framing is for real sockets: test_wire.py
                headers.add(name, value)
        body: Any = _Body(self)
        return urllib3.HTTPResponse(body, headers, self.status, preload_content=False)


class _Body:
    """The file-like object from which urllib3 reads a body."""

    def __init__(self, planned: Planned) -> None:
        self.closed = False
        self._pieces = [piece for piece in pieces_of(planned.body, planned.cuts) if piece]
        self._breaks = planned.breaks

    def read1(self, size: int = -1) -> bytes:
        if self._pieces:
            piece = self._pieces.pop(0)
            if 0 < size < len(piece):
                self._pieces.insert(0, piece[size:])
                piece = piece[:size]
            return piece
        if self._breaks:
            raise ConnectionResetError
        return b""

    def read(self, size: int | None = None) -> bytes:
        data = b""
        while (size is None or len(data) < size) and (
            piece := self.read1(-1 if size is None else size - len(data))
        ):
            data += piece
        return data

    def close(self) -> None:
        self.closed = True


def pieces_of(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    """Split the data at these places."""
    ends = sorted({min(cut, len(data)) for cut in cuts} | {len(data)})
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


class Script(HTTPAdapter):
    """An adapter that returns planned responses, and checks the requests.

    Args:
        plan: Responses, or exceptions to raise, in turn; the last one again and again.
        leaves: True if requests may go to another origin than `HOME`.

    Attributes:
        shown: The steps of the plan so far.
    """

    def __init__(
        self, operation: Operation[Any], plan: Sequence[Planned | Exception], leaves: bool = False
    ) -> None:
        super().__init__()
        self.sent: list[requests.PreparedRequest] = []
        self.shown: list[Planned | Exception] = []
        self._operation = operation
        self._plan = plan
        self._leaves = leaves

    def client(self, kind: type[Client], **options: Any) -> Client:
        """Make a client that sends its requests here."""
        session = requests.Session()
        session.mount("http://", self)
        session.mount("https://", self)
        return kind(HOME, session=session, **options)

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        at_home = _origin(request.url) == _origin(HOME)
        assert at_home or self._leaves
        assert ("Authorization" in request.headers) == at_home
        looks_up = self._operation.effect_key is not None and request.method == "GET"
        assert request.method == self._operation.method or looks_up
        step = self._plan[min(len(self.sent), len(self._plan) - 1)]
        self.sent.append(request)
        self.shown.append(step)
        assert len(self.sent) <= _MOST_REQUESTS
        if isinstance(step, Exception):
            raise step
        return self.build_response(request, step.response())


def _origin(url: str | None) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url or "")
    assert parts.scheme in ("http", "https")
    return parts.scheme, parts.hostname, parts.port
