from __future__ import annotations

import functools
from typing import Any, NamedTuple

MESSAGE_LIMIT = 2000

# The pages of the documentation with the entries of the classes. A test compares them.
_PAGES = {
    "ArpConfigError": "configuration",
    "ArpValidationError": "requests",
    "ArpTransportError": "connections",
    "ArpConnectionError": "connections",
    "ArpTimeoutError": "connections",
    "ArpApiError": "responses",
    "ArpRedirectError": "responses",
    "ArpDecodeError": "responses",
    "ArpResponseTooLargeError": "responses",
    "ArpWaitTimeoutError": "runs",
    "ArpRunFailed": "runs",
    "ArpNotReadyError": "runs",
    "ArpToolError": "runs",
}


# Not a dataclass: that module takes as long to import as all of the models.
class RequestInfo(NamedTuple):
    """The request that an error is about.

    Attributes:
        method: HTTP method.
        url: URL without secrets.
        attempts: Number of times that it was sent.
        effect_id: Identifier of the effect that it may have had, such as the `run_id` of a
            submitted run, or None if there is none.
        request_id: The service's identifier of the last attempt, from the response header
            `X-Request-Id` or a similar one, or None if there was none.
        elapsed_total: Seconds from the start of the call until it failed, all attempts and the
            pauses between them included, or None if it was not measured.
    """

    method: str
    url: str
    attempts: int = 1
    effect_id: str | None = None
    request_id: str | None = None
    elapsed_total: float | None = None


class ArpError(Exception):
    """Base of every error that the SDK raises on purpose.

    `str(error)` shows at most 2,000 characters of the message, with control characters escaped:
    parts of it may come from a service.

    Attributes:
        message: Description of the error, in a sentence.
        method: HTTP method of the request, or None if no request was involved.
        url: URL of the request without secrets, or None if no request was involved.
        attempts: Number of times that the request was sent.
        effect_id: Identifier of the effect that the request may have had, such as the `run_id`
            of a submitted run, or None if there is none.
        request_id: The service's identifier of the last attempt, from the response header
            `X-Request-Id` or a similar one, or None if there was none.
        elapsed_total: Seconds from the start of the call until it failed, all attempts and the
            pauses between them included, or None if it was not measured.
    """

    message: str
    method: str | None
    url: str | None
    attempts: int
    effect_id: str | None
    request_id: str | None
    elapsed_total: float | None

    def __init__(
        self, message: str, *, request: RequestInfo | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.method = request.method if request else None
        self.url = request.url if request else None
        self.attempts = request.attempts if request else 0
        self.effect_id = request.effect_id if request else None
        self.request_id = request.request_id if request else None
        self.elapsed_total = request.elapsed_total if request else None
        # PEP 678: shown under the traceback from Python 3.11 on, ignored by 3.10.
        self.__notes__ = [hint] if hint else []
        if self.request_id:
            self.__notes__.append(f"Request id: {printable(self.request_id, 200)}")

    @property
    def doc_url(self) -> str:
        """Address of the entry about this class of errors in the documentation.

        It is relative to the site, such as `troubleshooting/runs.html#arprunfailed`, if the
        metadata of the installed `arp-core` has no address of the site.
        """
        names = (cls.__name__ for cls in type(self).__mro__)
        entries = (f"{_PAGES[name]}.html#{name.lower()}" for name in names if name in _PAGES)
        return f"{_documentation()}troubleshooting/{next(entries, 'index.html')}"

    def __str__(self) -> str:
        shown = self._shown_message()
        if self.method is None or self.url is None:
            return shown
        tried = f" ({self.attempts} attempts)" if self.attempts > 1 else ""
        return f"{self.method} {self.url}: {shown}{tried}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._shown_message()!r})"

    def _shown_message(self) -> str:
        return printable(self.message, MESSAGE_LIMIT)

    def __reduce__(self) -> tuple[Any, ...]:
        # The default passes `args` to an initializer that takes keywords, and fails.
        return _restore, (type(self), self.args, self.__dict__)


@functools.cache
def _documentation() -> str:
    """Return the address of the site with a final slash, or an empty string."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        urls = metadata("arp-core").get_all("Project-URL") or []
    except PackageNotFoundError:  # in a program that was packed without metadata
        return ""
    found = (
        url.rstrip("/")
        for label, _, url in (each.partition(", ") for each in urls)
        if label == "Documentation"
    )
    return next((f"{url}/" for url in found), "")


def printable(text: str, limit: int) -> str:
    """Return at most `limit` characters of a text, whose unprintable ones are escaped."""
    shown = text[: limit + 1]
    if not shown.isprintable():
        shown = "".join(
            each if each.isprintable() else each.encode("unicode_escape").decode("ascii")
            for each in shown
        )
    return shown if len(shown) <= limit else f"{shown[: limit - 3]}..."


def _restore(cls: type[ArpError], args: tuple[Any, ...], state: dict[str, Any]) -> ArpError:
    error = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error


class ArpConfigError(ArpError, ValueError):
    """A client was built or configured wrongly, such as a `base_url` without a scheme."""


class ArpValidationError(ArpError, ValueError):
    """Input that breaks the contract. It was rejected before a byte was sent.

    Attributes:
        subject: The model or parameter that was rejected, such as `RunRequest`.
        path: JSON path of the offending value, such as `$.limits.max_steps`.
    """

    subject: str
    path: str

    def __init__(
        self,
        reason: str,
        *,
        subject: str,
        path: str = "$",
        request: RequestInfo | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(_locate(reason, subject, path), request=request, hint=hint)
        self.subject = subject
        self.path = path


class ArpTransportError(ArpError):
    """There is no response from the service.

    Attributes:
        sent: False if the request certainly did not reach the service, so that
            sending it again is safe; True if it may have taken effect.
    """

    sent: bool

    def __init__(
        self,
        message: str,
        *,
        sent: bool = True,
        request: RequestInfo | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, request=request, hint=hint)
        self.sent = sent


class ArpConnectionError(ArpTransportError, ConnectionError):
    """The service cannot be reached, or the connection broke before the response was complete.

    The message says which of the two, and if a proxy or a certificate is the reason. `__cause__`
    is an exception of the standard library, such as ConnectionRefusedError or
    ssl.SSLCertVerificationError with its `verify_message`.
    """


class ArpTimeoutError(ArpTransportError, TimeoutError):
    """The response did not arrive within the timeout or the call's deadline."""


class ArpDecodeError(ArpError, ValueError):
    """Data that does not fit the contract: not JSON, a missing field, a wrong type.

    Attributes:
        subject: The model that was being read, such as `RunListResponse`.
        path: JSON path of the offending value, such as `$.runs[3].state`.
        status_code: HTTP status of the response, or None if the data came from elsewhere.
        raw: The response's body as received, or None if the data came from elsewhere.
    """

    subject: str
    path: str
    status_code: int | None
    raw: bytes | None

    def __init__(
        self,
        reason: str,
        *,
        subject: str,
        path: str = "$",
        status_code: int | None = None,
        raw: bytes | None = None,
        request: RequestInfo | None = None,
        hint: str | None = None,
    ) -> None:
        status = "" if status_code is None else f"[{status_code}] "
        super().__init__(status + _locate(reason, subject, path), request=request, hint=hint)
        self.subject = subject
        self.path = path
        self.status_code = status_code
        self.raw = raw


class ArpResponseTooLargeError(ArpDecodeError):
    """A response that exceeds the client's `max_response_bytes`, as sent or once decoded."""


class ArpRedirectError(ArpError):
    """A redirect that was not followed: to another origin, one of too many, or of a POST.

    Attributes:
        status_code: HTTP status of the redirect.
        location: Target of the redirect, without secrets.
    """

    status_code: int
    location: str

    def __init__(
        self,
        message: str,
        *,
        status_code: int,
        location: str,
        request: RequestInfo | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, request=request, hint=hint)
        self.status_code = status_code
        self.location = location


def _locate(reason: str, subject: str, path: str) -> str:
    return f"{subject}: {reason}" if path == "$" else f"{subject}: {reason} at {path}"
