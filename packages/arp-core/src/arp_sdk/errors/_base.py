from __future__ import annotations

from typing import Any, NamedTuple


# Not a dataclass: that module takes as long to import as all of the models.
class RequestInfo(NamedTuple):
    """The request that an error had to do with.

    Attributes:
        method: HTTP method.
        url: URL without secrets.
        attempts: How many times it was sent.
        effect_id: What identifies the effect that it may have had, such as the `run_id` of a
            submitted run, or None where there is no such thing.
    """

    method: str
    url: str
    attempts: int = 1
    effect_id: str | None = None


class ArpError(Exception):
    """Base of every error that the SDK raises on purpose.

    Attributes:
        message: What went wrong, in a sentence.
        method: HTTP method of the request, or None where no request was involved.
        url: URL of the request without secrets, or None where no request was involved.
        attempts: How many times the request was sent.
        effect_id: What identifies the effect that the request may have had, such as the
            `run_id` of a submitted run, or None where there is no such thing.
    """

    message: str
    method: str | None
    url: str | None
    attempts: int
    effect_id: str | None

    def __init__(
        self, message: str, *, request: RequestInfo | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.method = request.method if request else None
        self.url = request.url if request else None
        self.attempts = request.attempts if request else 0
        self.effect_id = request.effect_id if request else None
        # PEP 678: shown under the traceback from Python 3.11 on, ignored by 3.10.
        self.__notes__ = [hint] if hint else []

    def __str__(self) -> str:
        if self.method is None or self.url is None:
            return self.message
        tried = f" ({self.attempts} attempts)" if self.attempts > 1 else ""
        return f"{self.method} {self.url}: {self.message}{tried}"

    def __reduce__(self) -> tuple[Any, ...]:
        # The default passes `args` to an initialiser that takes keywords, and fails.
        return _restore, (type(self), self.args, self.__dict__)


def _restore(cls: type[ArpError], args: tuple[Any, ...], state: dict[str, Any]) -> ArpError:
    error = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error


class ArpConfigError(ArpError, ValueError):
    """A client was built or configured wrongly, such as a `base_url` without a scheme."""


class ArpValidationError(ArpError, ValueError):
    """Input that breaks the contract. It was refused before a byte was sent.

    Attributes:
        subject: The model or parameter that was refused, such as `RunRequest`.
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
    """The service did not answer.

    Attributes:
        sent: False when the request certainly did not reach the service, so that
            sending it again is safe; True when it may have taken effect.
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
    """The service could not be reached, or the connection broke before the answer was whole."""


class ArpTimeoutError(ArpTransportError, TimeoutError):
    """The service did not answer within the timeout or the call's deadline."""


class ArpDecodeError(ArpError, ValueError):
    """Data that does not fit the contract: not JSON, a missing field, a wrong type.

    Attributes:
        subject: The model that was being read, such as `RunListResponse`.
        path: JSON path of the offending value, such as `$.runs[3].state`.
        status_code: HTTP status of the answer, or None where the data came from elsewhere.
        raw: The answer's body as received, or None where the data came from elsewhere.
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
    """An answer that exceeds the client's `max_response_bytes`, as sent or once unpacked."""


class ArpRedirectError(ArpError):
    """A redirect that was not followed: to another origin, without an end, or of a POST.

    Attributes:
        status_code: HTTP status of the redirect.
        location: Where it pointed to, without secrets.
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
