from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arp_sdk.models import Error, ErrorCause, ErrorEnvelope


class ServiceError(Exception):
    """What a service raises to answer with an error.

    Attributes:
        status: HTTP status of the answer.
        error: What its ErrorEnvelope holds.
        headers: Further headers of the answer.
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
        """The body of the answer."""
        return ErrorEnvelope(error=self.error)


def unprocessable(message: str) -> ServiceError:
    """For a request that keeps the contract, and that this service refuses all the same."""
    return ServiceError(422, "unprocessable", message)


def not_found(message: str) -> ServiceError:
    return ServiceError(404, "not_found", message)
