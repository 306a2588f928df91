from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._base import ArpError, RequestInfo, printable

CODE_LIMIT = 100


class ArpApiError(ArpError):
    """The service responded with an error.

    Raised for every response that is not a success, whatever its body: an ARP
    ErrorEnvelope, another JSON object, HTML from a proxy, or nothing at all.
    `str(error)` reads like `[404] not_found: Unknown run_id: x`. It shows at most 100
    characters of the code and 2,000 of the message, with control characters escaped; the
    attributes hold both in full.

    Attributes:
        code: Machine-readable code, such as `not_found`; if the body names none, one
            made from the status, such as `http_502`.
        message: The service's description of the error.
        details: Structured details of an ErrorEnvelope, or None.
        status_code: HTTP status of the response.
        retryable: Whether the service says that the same request may succeed later, or
            None if it does not say.
        cause: The ErrorEnvelope's underlying cause, or None.
        headers: The response's headers, by case-insensitive name.
        raw: The response's body as received.
        retry_after: Seconds that the response asks to wait, or None.
    """

    code: str
    details: Any
    status_code: int
    retryable: bool | None
    cause: Mapping[str, Any] | None
    headers: Mapping[str, str]
    raw: bytes
    retry_after: float | None

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status_code: int,
        details: Any = None,
        retryable: bool | None = None,
        cause: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        raw: bytes = b"",
        retry_after: float | None = None,
        request: RequestInfo | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, request=request, hint=hint)
        self.code = code
        self.details = details
        self.status_code = status_code
        self.retryable = retryable
        self.cause = cause
        self.headers = {} if headers is None else headers
        self.raw = raw
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"[{self.status_code}] {printable(self.code, CODE_LIMIT)}: {self._shown_message()}"

    def __repr__(self) -> str:
        where = f", {self.method} {self.url}" if self.method else ""
        return f"{type(self).__name__}({str(self)!r}{where})"
