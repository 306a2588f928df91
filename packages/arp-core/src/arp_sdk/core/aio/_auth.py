"""Credentials of the asynchronous clients, whose token providers may be coroutine functions."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from arp_sdk.core._auth import Auth, Credentials, Provider, Token, credentials
from arp_sdk.core._http.clock import monotonic
from arp_sdk.errors import ArpConfigError

AsyncTokenProvider = (
    Callable[[], Awaitable[str | Token]] | Callable[[str | None], Awaitable[str | Token]]
)
"""A coroutine function that returns a bearer token: at first use, before the token expires, and
after a 401.

A function with one parameter gets the token that the service rejected, or None.
"""

AsyncAuth = Auth | AsyncTokenProvider
"""Any credential of the synchronous clients, or a coroutine function that returns a token."""


class AsyncProvider(Provider):
    """A bearer token that a function returns, in a thread unless it is a coroutine function.

    Of all calls that need another token at the same time, one asks for it.
    """

    def __init__(
        self, provider: Callable[..., Any], clock: Callable[[], float] = monotonic
    ) -> None:
        super().__init__(provider, clock)
        self._loop: asyncio.AbstractEventLoop | None = None

    async def current(self) -> Credentials:
        """Return the token for one attempt, a new one if the last one is about to expire."""
        ticket = self._ticket
        if ticket is not None and not self._expires(ticket):
            return ticket
        return await self.replace(ticket, is_rejected=False)

    async def replace(self, old: Credentials | None, is_rejected: bool) -> Credentials:
        """Return the token in place of an old one, which has expired or was rejected."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # a lock belongs to the loop in which it was waited for
            self._loop, self._replacing = loop, asyncio.Lock()
        async with self._replacing:
            found = self._replaced(old)
            return found or self._keep(await self._ask_meanwhile(old, is_rejected))

    async def _ask_meanwhile(self, old: Credentials | None, is_rejected: bool) -> Any:
        if inspect.iscoroutinefunction(self._provider):
            return await self._ask(old, is_rejected)
        token = await asyncio.to_thread(self._ask, old, is_rejected)
        return await token if inspect.isawaitable(token) else token


def async_credentials(auth: Any) -> Credentials:
    """Return the credentials for the `auth=` of a constructor."""
    from requests.auth import HTTPDigestAuth

    if isinstance(auth, HTTPDigestAuth):
        raise ArpConfigError(
            "an asynchronous client cannot use HTTPDigestAuth, which sends requests itself: pass "
            "session=aiohttp.ClientSession(middlewares=[aiohttp.DigestAuthMiddleware(...)])"
        )
    return credentials(auth, AsyncProvider)


async def ticket_of(made: Credentials) -> Credentials:
    """Return the credentials for one attempt, to hand back if the service rejects them."""
    return await made.current() if isinstance(made, AsyncProvider) else made.ticket()


async def renewed(made: Credentials, rejected: Credentials) -> bool:
    """Replace a ticket after a 401; return False if there is no other."""
    if not isinstance(made, AsyncProvider):
        return made.renew(rejected)
    await made.replace(rejected, is_rejected=True)
    return True
