"""Authentication by JSON Web Tokens. Requires the extra `jwt`: `pip install "arp-server[jwt]"`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import jwt

from ._errors import ServiceError

_REFRESH_SECONDS = 10.0


class JwtVerifier:
    """Authentication by JSON Web Tokens (RFC 7519), verified by PyJWT.

    Example::

        auth = JwtVerifier(jwks_url="https://id.example/jwks.json", audience="arp", issuer="...")
        application = app(service, auth=auth)

    The caller of a request, `current_request().caller`, is the dict of the claims.

    Args:
        audience: The audience that a token must name (`aud`).
        issuer: The issuer that a token must name (`iss`), or None for any.
        key: The key that verifies signatures: a shared secret, or a public key as PEM.
        jwks_url: URL of the issuer's public keys (RFC 7517), in place of a key.
        algorithms: The algorithms that are accepted.
        leeway: Seconds by which clocks may differ.

    Raises:
        ValueError: If neither or both of `key` and `jwks_url` are given, or an algorithm is `none`.
    """

    def __init__(
        self,
        *,
        audience: str,
        issuer: str | None = None,
        key: str | bytes | None = None,
        jwks_url: str | None = None,
        algorithms: Sequence[str] = ("RS256", "ES256"),
        leeway: float = 0.0,
    ) -> None:
        if (key is None) == (jwks_url is None):
            raise ValueError("pass either key or jwks_url")
        if not algorithms or any(each.lower() == "none" for each in algorithms):
            raise ValueError("name the algorithms to accept; none is not one")
        self._audience = audience
        self._issuer = issuer
        self._algorithms = list(algorithms)
        self._leeway = leeway
        self._key = key
        self._keys = None if jwks_url is None else jwt.PyJWKClient(jwks_url, lifespan=300)
        self._refreshed = 0.0

    async def __call__(self, token: str) -> dict[str, Any] | None:
        """Return the claims of a token, or None if it is not valid.

        Raises:
            ServiceError: 503, if the keys of the issuer cannot be read.
        """
        try:
            key = await self._key_for(token)
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=self._algorithms,
                audience=self._audience,
                issuer=self._issuer,
                leeway=self._leeway,
                options={"require": ["exp", "aud"]},
            )
        except jwt.InvalidTokenError:
            return None
        except jwt.PyJWKClientError as error:
            message = f"The keys of the issuer cannot be read: {error}"
            raise ServiceError(503, "keys_unavailable", message, retryable=True) from None
        return claims

    async def _key_for(self, token: str) -> Any:
        if self._keys is None:
            return self._key
        kid = jwt.get_unverified_header(token).get("kid")
        found = _matching(await asyncio.to_thread(self._keys.get_signing_keys), kid)
        # An unknown key may be a new one. A caller who makes up keys must not load the issuer.
        if found is None and time.monotonic() - self._refreshed > _REFRESH_SECONDS:
            self._refreshed = time.monotonic()
            found = _matching(await asyncio.to_thread(self._keys.get_signing_keys, True), kid)
        if found is None:
            raise jwt.InvalidTokenError("the token names no key of the issuer")
        return found.key

    def __repr__(self) -> str:
        return f"<JwtVerifier, audience {self._audience!r}>"


def _matching(keys: Sequence[jwt.PyJWK], kid: str | None) -> jwt.PyJWK | None:
    return next((key for key in keys if kid is None or key.key_id == kid), None)
