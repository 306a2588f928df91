"""A runtime that somebody else runs, as the daemon speaks to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from arp_sdk.errors import ArpApiError, ArpConnectionError, ArpError
from arp_sdk.models import ErrorCause, RunRequest, RunResult, RunStatus, VersionInfo
from arp_sdk.runtime import RuntimeClient
from arp_sdk.sandbox._http.loopback import loopback_client
from arp_sdk.sandbox._http.service_error import ServiceError

T = TypeVar("T")

_TIMEOUT_SECONDS = 5.0


class RemoteRuntime:
    """Calls a runtime, in threads.

    Args:
        endpoint: Where it is.
        token: The bearer token for it, or None.

    Raises:
        ServiceError: If the endpoint is not on this machine.
    """

    def __init__(self, endpoint: str, token: str | None) -> None:
        self._client = loopback_client(
            lambda: RuntimeClient(
                endpoint, auth=token, retries=0, timeout=_TIMEOUT_SECONDS, deadline=_TIMEOUT_SECONDS
            ),
            endpoint,
        )

    async def version(self) -> VersionInfo | None:
        """Which software it is, or None where it does not answer."""
        try:
            return await asyncio.to_thread(self._client.version)
        except ArpError:
            return None

    async def create_run(self, request: RunRequest) -> RunStatus:
        """Start a run there."""
        return await _called(self._client.create_run, request)

    async def status(self, run_id: str) -> RunStatus:
        """Where a run stands."""
        return await _called(self._client.get_run_status, run_id)

    async def result(self, run_id: str) -> RunResult:
        """What came of a run."""
        return await _called(self._client.get_run_result, run_id)

    def close(self) -> None:
        """Give up connections."""
        self._client.close()


async def _called(method: Callable[[Any], T], argument: Any) -> T:
    try:
        return await asyncio.to_thread(method, argument)
    except ArpApiError as error:
        cause = ErrorCause(code=error.code, message=error.message)
        status = error.status_code if 400 <= error.status_code < 500 else 502
        raise ServiceError(status, error.code, error.message, cause=cause) from None
    except ArpError as error:
        cause = ErrorCause(message=str(error))
        # Only where nothing was sent is it certain that nothing has happened there.
        nothing_sent = isinstance(error, ArpConnectionError) and not error.sent
        status = 409 if nothing_sent else 502
        message = "The runtime cannot be reached."
        raise ServiceError(status, "runtime.unreachable", message, cause=cause) from None
