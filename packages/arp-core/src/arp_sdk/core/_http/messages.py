"""Requests and responses as values."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any, Generic, Literal, TypeVar

import msgspec

from .redaction import without_secrets

T = TypeVar("T")


class HttpRequest(msgspec.Struct):
    """A request, complete except for credentials.

    Attributes:
        operation: The contract's operationId.
        method: HTTP method.
        url: Absolute URL, encoded.
        path: Path of the URL with its parameters, as it is logged.
        headers: By case-insensitive name; a hook may add to them.
        body: The encoded body, or None.
    """

    operation: str
    method: str
    url: str
    path: str
    headers: MutableMapping[str, str]
    body: bytes | None = None

    def __repr__(self) -> str:
        return f"HttpRequest({self.operation!r}, {self.method!r}, {without_secrets(self.url)!r})"


class HttpResponse(msgspec.Struct):
    """A response, read to its end unless it is a stream.

    Attributes:
        status_code: HTTP status.
        headers: By case-insensitive name.
        body: The body, decompressed.
        url: URL of the request.
        elapsed: Seconds from sending the request to the last byte of the body.
        source: The body of a stream, which is still to be read; else None.
    """

    status_code: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    elapsed: float
    source: Any = None

    def __repr__(self) -> str:
        return f"HttpResponse({self.status_code}, {len(self.body)} bytes, {self.elapsed:.6f} s)"


class RawResponse(msgspec.Struct, Generic[T], frozen=True):
    """The return value of a method of `client.raw`: a response as received, and its parsed value.

    Attributes:
        status_code: HTTP status.
        headers: By case-insensitive name.
        content: The body as received, decompressed.
        parsed: The return value of the plain method.
        method: HTTP method of the request.
        url: URL of the request, without secrets.
        elapsed: Seconds that the last attempt took.
        attempts: Number of times that the request was sent.
        request_id: The service's identifier of the request, from a header such as
            `X-Request-Id`, or None.
        elapsed_total: Seconds that the whole call took, retries and pauses included.
    """

    status_code: int
    headers: Mapping[str, str]
    content: bytes
    parsed: T
    method: str
    url: str
    elapsed: float
    attempts: int
    request_id: str | None = None
    elapsed_total: float = 0.0


class Failure(msgspec.Struct, frozen=True):
    """An attempt without a response.

    Attributes:
        kind: The reason: no connection or a broken one, too slow, too large, not readable.
        message: A sentence without secrets.
        sent: Whether the request may have reached the service.
        final: Whether another attempt is pointless, as after a certificate error.
        status_code: The status, where the head of a response had arrived.
        cause: A new exception without secrets, to chain the error to.
        hint: What to do about it.
    """

    kind: Literal["connection", "timeout", "deadline", "too_large", "protocol"]
    message: str
    sent: bool
    final: bool = False
    status_code: int | None = None
    cause: BaseException | None = None
    hint: str | None = None
