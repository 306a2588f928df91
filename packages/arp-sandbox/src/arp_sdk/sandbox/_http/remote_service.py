"""Calls to services that others run on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, Generic, TypeVar

import requests
from requests.auth import AuthBase

from arp_sdk.core import Client
from arp_sdk.errors import ArpApiError, ArpConfigError, ArpConnectionError, ArpError
from arp_sdk.models import ErrorCause
from arp_sdk.server import ServiceError, unprocessable

from .local_hosts import check_local_url

C = TypeVar("C", bound=Client)
T = TypeVar("T")


class _Token(AuthBase):
    """The bearer token for a service, or nothing: never the one of the environment."""

    token: str | None = None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.token is not None:
            request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class RemoteService(Generic[C]):
    """A service elsewhere on this machine, called in threads of the executor.

    Args:
        name: Its kind, for error codes, such as `runtime`.
        token_for: Returns the bearer token for the URL, or None, before each call.
        timeout: Seconds for a call.
        executor: Threads for the calls, apart from those of the tools.
    """

    def __init__(
        self,
        name: str,
        client_class: type[C],
        url: str,
        token_for: Callable[[str], str | None],
        timeout: float,
        executor: Executor,
    ) -> None:
        check_local_url(url)
        self._name = name
        self._token_for = token_for
        self._executor = executor
        self._auth = _Token()
        self._session = requests.Session()
        # Neither a proxy nor credentials of the environment are meant for this machine.
        self._session.trust_env = False
        try:
            self.client = client_class(
                url,
                auth=self._auth,
                retries=0,
                timeout=timeout,
                deadline=timeout,
                session=self._session,
            )
        except ArpConfigError as error:
            raise unprocessable(f"{url!r} is not the URL of a service: {error}") from None

    async def call(self, method: Callable[..., T], *arguments: Any) -> T:
        """Call a method of the client, and raise its errors as a ServiceError."""
        self._auth.token = self._token_for(self.client.base_url)
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._executor, method, *arguments)
        except ArpApiError as error:
            cause = ErrorCause(code=error.code, message=error.message)
            # The client's own credentials are not the reason for a 401 or 407 of this service.
            known = 400 <= error.status_code < 500 and error.status_code not in (401, 407)
            status = error.status_code if known else 502
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
        self._session.close()
