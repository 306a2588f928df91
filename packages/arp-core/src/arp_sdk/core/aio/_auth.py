from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from arp_sdk.core._auth import Auth, Credentials, Provider, as_token, credentials
from arp_sdk.errors import ArpConfigError

AsyncTokenProvider = Callable[[], Awaitable[str]]
"""Returns a bearer token, asynchronously: at first use, and again after a 401."""

AsyncAuth = Auth | AsyncTokenProvider
"""What the synchronous clients take, or a coroutine function that returns a bearer token."""


class AsyncProvider(Provider):
    """A bearer token that a callable returns, in a thread if it is no coroutine function."""

    def __init__(self, provider: Callable[[], Any]) -> None:
        super().__init__(provider)
        self._loop: asyncio.AbstractEventLoop | None = None

    async def fetch(self, refused: Credentials | None) -> Credentials:
        """The token, renewed if it was refused."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # a lock belongs to the loop in which it was waited for
            self._loop, self._renewing = loop, asyncio.Lock()
        async with self._renewing:
            return self._valid(refused) or self._keep(as_token(await self._ask()))

    async def _ask(self) -> Any:
        if inspect.iscoroutinefunction(self._provider):
            return await self._provider()
        token = await asyncio.to_thread(self._provider)
        return await token if inspect.isawaitable(token) else token


def async_credentials(auth: Any) -> Credentials:
    """The credentials for what a constructor's `auth=` was given."""
    from requests.auth import HTTPDigestAuth

    if isinstance(auth, HTTPDigestAuth):
        raise ArpConfigError(
            "an asynchronous client cannot use HTTPDigestAuth, which sends by itself"
        )
    return credentials(auth, AsyncProvider)


async def ticket_of(made: Credentials) -> Credentials:
    """What to authenticate one attempt with."""
    return await made.fetch(None) if isinstance(made, AsyncProvider) else made.ticket()


async def renewed(made: Credentials, refused: Credentials) -> bool:
    """Get new ones after a 401; whether there are any."""
    if not isinstance(made, AsyncProvider):
        return made.renew(refused)
    await made.fetch(refused)
    return True
