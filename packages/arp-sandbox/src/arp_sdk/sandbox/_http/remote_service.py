"""Calls to services that others run on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from arp_sdk.core import Client
from arp_sdk.errors import ArpApiError, ArpConfigError, ArpConnectionError, ArpError
from arp_sdk.models import ErrorCause

from .local_hosts import check_local_url
from .service_error import ServiceError, unprocessable

C = TypeVar("C", bound=Client)
T = TypeVar("T")


class RemoteService(Generic[C]):
    """A service elsewhere on this machine, called in threads."""

    def __init__(
        self, name: str, client_class: type[C], url: str, token: str | None, timeout: float
    ) -> None:
        check_local_url(url)
        self._name = name
        try:
            self.client = client_class(
                url, auth=token, retries=0, timeout=timeout, deadline=timeout
            )
        except ArpConfigError as error:
            raise unprocessable(f"{url!r} is not the URL of a service: {error}") from None

    async def call(self, method: Callable[..., T], *arguments: Any) -> T:
        """Call a method of the client."""
        try:
            return await asyncio.to_thread(method, *arguments)
        except ArpApiError as error:
            cause = ErrorCause(code=error.code, message=error.message)
            status = error.status_code if 400 <= error.status_code < 500 else 502
            raise ServiceError(status, error.code, error.message, cause=cause) from None
        except ArpError as error:
            # Unless nothing was sent, the call may have had its effect.
            sent = not isinstance(error, ArpConnectionError) or error.sent
            raise ServiceError(
                502 if sent else 409,
                f"{self._name}.unreachable",
                f"The service at {self.client.base_url} cannot be reached.",
                cause=ErrorCause(message=str(error)),
            ) from None

    def close(self) -> None:
        """Close the connections."""
        self.client.close()
