"""Page tokens over a list that only grows at its end."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b

from arp_sdk.sandbox._http.service_error import unprocessable

_POSITION_BYTES = 6
_CHECK_BYTES = 6


def token_for(position: int) -> str:
    """The token of the page that begins at a position."""
    data = position.to_bytes(_POSITION_BYTES, "big")
    return urlsafe_b64encode(data + _check(data)).decode()


def position_of(token: str) -> int:
    """Where the page of a token begins.

    Raises:
        ServiceError: If `token_for` has not made it.
    """
    try:
        data = urlsafe_b64decode(token.encode())
    except (binascii.Error, ValueError):
        data = b""
    position, check = data[:_POSITION_BYTES], data[_POSITION_BYTES:]
    if not data or check != _check(position):
        raise unprocessable("The page_token is none that this daemon has issued.")
    return int.from_bytes(position, "big")


def _check(data: bytes) -> bytes:
    # Tells ours from made-up ones; it need not keep anybody out.
    return blake2b(data, digest_size=_CHECK_BYTES, person=b"page").digest()
