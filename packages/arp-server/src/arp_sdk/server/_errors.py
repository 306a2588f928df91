from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arp_sdk.errors import ArpError
from arp_sdk.models import Error, ErrorCause, ErrorEnvelope


class ServiceError(ArpError):
    """An error response, raised by a service.

    Args:
        status: HTTP status, from 400 to 599.
        code: Stable identifier of the kind of error, such as `not_found`.
        message: Explanation for humans.
        details: Facts about this occurrence.
        retryable: True if the same request may succeed later; None if that is not known.
        cause: The failure that led to this one.
        headers: Further headers of the response, such as `Retry-After`.

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
        """The body of the response."""
        return ErrorEnvelope(error=self.error)


def not_found(message: str, code: str = "not_found") -> ServiceError:
    """Make the error for something that does not exist: 404."""
    return ServiceError(404, code, message)


def unprocessable(message: str, code: str = "unprocessable") -> ServiceError:
    """Make the error for a request that is valid by the contract but not supported here: 422."""
    return ServiceError(422, code, message)


def invalid(place: str, path: str, message: str) -> ServiceError:
    """Make the error for a request that breaks the contract: 400.

    Args:
        place: The part of the request, such as `body` or `query.page_size`.
        path: JSON path of the offending value inside it.
        message: Explanation.
    """
    return ServiceError(400, "invalid_request", message, details={"place": place, "path": path})
