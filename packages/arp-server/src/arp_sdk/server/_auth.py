"""Bearer authentication."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from inspect import isawaitable

from ._errors import ServiceError
from ._http.request import Request

Authenticate = Callable[[str], object]
"""A function that returns who sends a request, given its bearer token, or None or False if the
token is not valid. It may be `async`."""


class BearerTokens:
    """Authentication by fixed tokens, compared in constant time.

    Example::

        app(service, auth=BearerTokens(os.environ["ARP_TOKEN"]))

    Args:
        *tokens: The tokens that are accepted.

    Raises:
        ValueError: If there is none, or one is empty.
    """

    __slots__ = ("_tokens",)

    def __init__(self, *tokens: str) -> None:
        if not tokens or not all(tokens):
            raise ValueError("pass at least one token, and no empty one")
        self._tokens = [token.encode() for token in tokens]

    def __call__(self, token: str) -> bool:
        """Return whether a token is accepted."""
        given = token.encode()
        # All are compared, so that the time says nothing about which one is near.
        return sum(hmac.compare_digest(given, known) for known in self._tokens) > 0

    def __repr__(self) -> str:
        return f"<BearerTokens, {len(self._tokens)}>"


async def authorize(authenticate: Authenticate, request: Request, realm: str) -> None:
    """Find out who sends a request, or raise a 401 (RFC 6750, 3)."""
    scheme, _, given = (request.header(b"authorization") or "").partition(" ")
    if scheme.lower() == "bearer" and given:
        caller = authenticate(given.strip())
        if isawaitable(caller):
            caller = await caller
        if caller is not None and caller is not False:
            request.caller = caller
            return
    challenge = f'Bearer realm="{realm}"' + (', error="invalid_token"' if given else "")
    message = "The bearer token is not valid." if given else "A bearer token is required."
    # A traceback with local variables must not show it.
    del given
    raise ServiceError(401, "unauthorized", message, headers={"WWW-Authenticate": challenge})
