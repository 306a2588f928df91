from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arp_sdk.models import Error, ErrorCause, ErrorEnvelope


class ServiceError(Exception):
    """An error response, raised by a service.

    Attributes:
        status: HTTP status of the response.
        error: Content of its ErrorEnvelope.
        headers: Further headers of the response.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: dict[str, Any] | None = None,
        retryable: bool | None = None,
        cause: ErrorCause | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = Error(
            code=code, message=message, details=details, retryable=retryable, cause=cause
        )
        self.headers = dict(headers or {})

    @property
    def envelope(self) -> ErrorEnvelope:
        return ErrorEnvelope(error=self.error)


def unprocessable(message: str) -> ServiceError:
    """Make the error for a request that is valid by the contract but not supported here."""
    return ServiceError(422, "unprocessable", message)


def not_found(message: str, code: str = "not_found") -> ServiceError:
    return ServiceError(404, code, message)
