"""The options of a client: the arguments that its constructor and `with_options` share."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, TypedDict

import msgspec

from arp_sdk.core._http.headers import check_header
from arp_sdk.core._http.messages import HttpRequest, HttpResponse
from arp_sdk.core._http.redaction import RedactedHeaders
from arp_sdk.errors import ArpConfigError, ArpValidationError

if TYPE_CHECKING:
    from typing_extensions import Unpack
elif sys.version_info >= (3, 11):
    from typing import Unpack
else:

    class Unpack:
        """A stand-in on Python 3.10, where annotations alone use it."""

        def __class_getitem__(cls, _: object) -> type[Any]:
            return object


__all__ = [
    "ClientOptions",
    "Options",
    "RequestHook",
    "ResponseHook",
    "Retries",
    "Timeout",
    "Unpack",
    "changed",
]


class Timeout(msgspec.Struct, frozen=True):
    """The time limits of one attempt.

    Attributes:
        connect: Seconds to establish a connection.
        read: Seconds between two pieces of the response, the first one included.
    """

    connect: float = 5.0
    read: float = 120.0


class Retries(msgspec.Struct, frozen=True):
    """The policy for retries.

    Attributes:
        limit: Number of retries at most; 0 for none.
        backoff: Seconds; the wait before retry n is random between 0 and `backoff * 2**n`.
        backoff_limit: Seconds; the longest wait between two attempts.
        retry_after_limit: Seconds; the longest `Retry-After` that is waited for. If a service
            asks for more, the call fails at once.
        statuses: HTTP statuses that are worth another attempt.
    """

    limit: int = 3
    backoff: float = 0.25
    backoff_limit: float = 8.0
    retry_after_limit: float = 60.0
    statuses: frozenset[int] = frozenset({408, 429, 502, 503, 504})


RequestHook = Callable[[HttpRequest], None]
"""A function that gets each request before it is sent; it may add headers."""

ResponseHook = Callable[[HttpRequest, HttpResponse], None]
"""A function that gets each request and its response."""


class ClientOptions(TypedDict, total=False):
    """The keyword arguments that set a client's options.

    Attributes:
        timeout: Seconds for one attempt: a number, (connect, read), or a `Timeout`.
        deadline: Seconds for the whole call: retries, redirects and a slow body included.
        retries: Number of retries, or a `Retries` policy.
        headers: Headers of every request to the origin of `base_url`.
        idempotent: True if POST operations that the contract does not make safe may be sent
            again after an ambiguous failure.
        max_response_bytes: Largest response, as sent and once decompressed.
        allow_cross_origin_redirects: True if a redirect may leave the origin of `base_url`;
            credentials never do.
        log_bodies: True if the DEBUG log under `arp_sdk` shows bodies.
        on_request: Called with each `HttpRequest` before it is sent; may add headers.
        on_response: Called with each `HttpRequest` and its `HttpResponse`.
        pickle_secrets: True if a pickle of the client holds its credentials.
    """

    timeout: float | tuple[float, float] | Timeout
    deadline: float
    retries: int | Retries
    headers: Mapping[str, str] | None
    idempotent: bool
    max_response_bytes: int
    allow_cross_origin_redirects: bool
    log_bodies: bool
    on_request: RequestHook | None
    on_response: ResponseHook | None
    pickle_secrets: bool


class Options(msgspec.Struct, frozen=True):
    """The checked options of a client, each as described by `ClientOptions`."""

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
            if hook is not None and not callable(hook):
                raise ArpConfigError(f"{name} must be a function, not {type(hook).__name__}")
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


def changed(options: Options, changes: Mapping[str, Any]) -> Options:
    """Return the options with other values; `headers` are added to those that are there."""
    values: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in Options.__struct_fields__:
            raise ArpConfigError(f"there is no option {name!r}")
        convert = _CONVERTERS.get(name)
        values[name] = value if convert is None else convert(options, value)
    return msgspec.structs.replace(options, **values)


def _timeout(_: Options, value: float | tuple[float, float] | Timeout) -> Timeout:
    if isinstance(value, Timeout):
        return value
    if isinstance(value, tuple):
        if len(value) != 2:
            raise ArpConfigError("timeout as a tuple must be (connect, read)")
        return Timeout(*value)
    return Timeout(connect=value, read=value)


def _retries(_: Options, value: int | Retries) -> Retries:
    if isinstance(value, bool) or not isinstance(value, (int, Retries)):
        raise ArpConfigError(f"retries must be a number or Retries, not {type(value).__name__}")
    return Retries(limit=value) if isinstance(value, int) else value


def _headers(options: Options, values: Mapping[str, str] | None) -> RedactedHeaders:
    reason = ""
    values = {} if values is None else values
    try:
        for name, value in values.items():
            check_header(name, value)
            if name.lower() in _FRAMING:
                reason = f"header {name} is set by the transport"
    except ArpValidationError as error:
        reason = error.message
    except AttributeError:
        reason = "headers must be a mapping of names to values"
    if reason:
        raise ArpConfigError(reason)
    merged = RedactedHeaders(options.headers)
    merged.update(values)
    return merged


def _check_number(name: str, value: Any, above: int) -> None:
    try:
        fits = not isinstance(value, bool) and math.isfinite(value) and value > above
        if fits and value >= 0:
            return
    except (TypeError, OverflowError):
        pass
    least = "above 0" if above == 0 else "of 0 or more"
    raise ArpConfigError(f"{name} must be a finite number {least}")


_FRAMING = frozenset({"content-length", "transfer-encoding", "connection", "upgrade", "te"})
_CONVERTERS: dict[str, Callable[[Options, Any], Any]] = {
    "timeout": _timeout,
    "retries": _retries,
    "headers": _headers,
}
