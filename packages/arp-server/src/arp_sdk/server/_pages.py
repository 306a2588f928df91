"""Lists, page by page."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from hashlib import blake2b
from heapq import nsmallest
from typing import Any, TypeVar

import msgspec

from ._errors import ServiceError

T = TypeVar("T")
K = TypeVar("K", int, str, tuple[int, str], tuple[str, str])

_CHECK_BYTES = 6


def page(
    items: Iterable[T], size: int, token: str | None, *, key: Callable[[T], K], of: str
) -> tuple[list[T], str | None]:
    """Return one page of a list, and the token of the next one.

    A token contains the key of the last item on its page. If items are added or deleted meanwhile,
    no other item is repeated or left out.

    Args:
        items: The items, in any order.
        size: Number of items on a page.
        token: The token that the client sent, or None for the first page.
        key: Returns the key by which the list is sorted. No two items may have the same.
        of: Name of the list, such as `runs`. A list rejects the tokens of other lists.

    Returns:
        The items of the page, sorted by key, and the token of the next page, or None.

    Raises:
        ServiceError: 422, if the token was not made for this list.
    """
    after = None if token is None else _read_token(token, of)
    try:
        rest = [item for item in items if after is None or key(item) > after]
    except TypeError:
        raise _unknown_token(of) from None
    chosen = nsmallest(size, rest, key=key)
    more = len(rest) > size
    return chosen, _make_token(key(chosen[-1]), of) if more else None


def _make_token(key: object, of: str) -> str:
    data = msgspec.json.encode(key)
    return urlsafe_b64encode(_check(data, of) + data).decode().rstrip("=")


def _read_token(token: str, of: str) -> Any:
    try:
        # Beyond this length, it is not one of ours; the rest of the alphabet is refused below.
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        check, data = raw[:_CHECK_BYTES], raw[_CHECK_BYTES:]
        key = msgspec.json.decode(data) if check == _check(data, of) else None
    except (ValueError, binascii.Error, msgspec.DecodeError):
        key = None
    if key is None:
        raise _unknown_token(of)
    return tuple(key) if isinstance(key, list) else key


def _check(data: bytes, of: str) -> bytes:
    """Return a checksum, which tells a token from a typing mistake. It keeps no secret."""
    return blake2b(of.encode() + b"\0" + data, digest_size=_CHECK_BYTES).digest()


def _unknown_token(of: str) -> ServiceError:
    message = f"This service did not issue that token for a page of {of}."
    return ServiceError(422, "invalid_page_token", message, details={"place": "query"})
