"""How a client behaves: what `with_options` and every constructor take."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from inspect import iscoroutinefunction
from typing import Any

import msgspec

from arp_sdk.core._http.headers import check_header
from arp_sdk.core._http.messages import HttpRequest, HttpResponse
from arp_sdk.core._http.redaction import RedactedHeaders
from arp_sdk.errors import ArpConfigError, ArpValidationError


class Timeout(msgspec.Struct, frozen=True):
    """How long to wait for one attempt.

    Attributes:
        connect: Seconds to establish a connection.
        read: Seconds between two pieces of the answer, the first included.
    """

    connect: float = 5.0
    read: float = 120.0


class Retries(msgspec.Struct, frozen=True):
    """When and how a call is sent again.

    Attributes:
        limit: How many times it is sent again at most; 0 for never.
        backoff: Seconds; the wait before retry n is random between 0 and `backoff * 2**n`.
        backoff_limit: Seconds; the longest wait between two attempts.
        retry_after_limit: Seconds; the longest `Retry-After` that is waited for. A service
            that asks for more is not asked again.
        statuses: HTTP statuses that are worth another attempt.
    """

    limit: int = 3
    backoff: float = 0.25
    backoff_limit: float = 8.0
    retry_after_limit: float = 60.0
    statuses: frozenset[int] = frozenset({408, 429, 502, 503, 504})


RequestHook = Callable[[HttpRequest], None]
"""Called with each request before it is sent; may add headers."""

ResponseHook = Callable[[HttpRequest, HttpResponse], None]
"""Called with each request and its answer."""


class Options(msgspec.Struct, frozen=True):
    """The settings of a client, checked.

    Attributes:
        timeout: For one attempt.
        deadline: Seconds for the whole call: retries, redirects and a slow body included.
        retries: When a call is sent again.
        headers: Sent with every request.
        idempotent: Whether POST operations that the contract does not make safe may be sent
            again after an ambiguous failure.
        max_response_bytes: Of an answer, as sent and once unpacked.
        allow_cross_origin_redirects: Whether a redirect may leave the origin of `base_url`;
            credentials never do.
        log_bodies: Whether the DEBUG log shows bodies.
        on_request: Called before each attempt; may add headers.
        on_response: Called after each answer.
        pickle_secrets: Whether a pickle of the client holds its credentials.
    """

    timeout: Timeout = Timeout()
    deadline: float = 600.0
    retries: Retries = Retries()
    headers: Mapping[str, str] = msgspec.field(default_factory=RedactedHeaders)
    idempotent: bool = False
    max_response_bytes: int = 64 * 1024 * 1024
    allow_cross_origin_redirects: bool = False
    log_bodies: bool = False
    on_request: RequestHook | None = None
    on_response: ResponseHook | None = None
    pickle_secrets: bool = False

    def __post_init__(self) -> None:
        for name, hook in (("on_request", self.on_request), ("on_response", self.on_response)):
            if iscoroutinefunction(hook):
                raise ArpConfigError(f"{name} must be a plain function: nobody would await it")
        retries = self.retries
        for name, value in (
            ("timeout", self.timeout.connect),
            ("timeout", self.timeout.read),
            ("deadline", self.deadline),
            ("max_response_bytes", self.max_response_bytes),
        ):
            _check_number(name, value, above=0)
        if not isinstance(retries.limit, int):
            raise ArpConfigError("retries must be a whole number")
        for name, value in (
            ("retries.limit", retries.limit),
            ("retries.backoff", retries.backoff),
            ("retries.backoff_limit", retries.backoff_limit),
            ("retries.retry_after_limit", retries.retry_after_limit),
        ):
            _check_number(name, value, above=-1)


def _check_number(name: str, value: Any, above: int) -> None:
    try:
        fits = not isinstance(value, bool) and math.isfinite(value) and value > above
        if fits and value >= 0:
            return
    except (TypeError, OverflowError):
        pass
    least = "above 0" if above == 0 else "of 0 or more"
    raise ArpConfigError(f"{name} must be a finite number {least}")


def as_timeout(value: float | tuple[float, float] | Timeout) -> Timeout:
    """Seconds, or (connect, read) as `requests` takes them."""
    if isinstance(value, Timeout):
        return value
    if isinstance(value, tuple):
        if len(value) != 2:
            raise ArpConfigError("timeout as a tuple must be (connect, read)")
        return Timeout(*value)
    return Timeout(connect=value, read=value)


def as_retries(value: int | Retries) -> Retries:
    """A number of retries, or a full policy."""
    if isinstance(value, bool) or not isinstance(value, (int, Retries)):
        raise ArpConfigError(f"retries must be a number or Retries, not {type(value).__name__}")
    return Retries(limit=value) if isinstance(value, int) else value


def as_headers(values: Mapping[str, str]) -> RedactedHeaders:
    """The headers, refused if one could not be sent as it stands."""
    reason = ""
    try:
        for name, value in values.items():
            check_header(name, value)
            if name.lower() in _FRAMING:
                reason = f"header {name} is the transport's own"
    except ArpValidationError as error:
        reason = error.message
    except AttributeError:
        reason = "headers must be a mapping of names to values"
    if reason:
        raise ArpConfigError(reason)
    return RedactedHeaders(values)


_FRAMING = frozenset({"content-length", "transfer-encoding", "connection", "upgrade", "te"})

DEFAULTS = Options()
