"""Decoding of bodies, piece by piece, and no further than a client allows."""

from __future__ import annotations

import io
from typing import Protocol, runtime_checkable

import urllib3

READ_SIZE = 65536


@runtime_checkable
class Packed(Protocol):
    """A body as urllib3 reads it."""

    def read(self, amt: int, *, decode_content: bool) -> bytes:
        """Return so many bytes of it, decoded; none at the end."""
        raise NotImplementedError

    def tell(self) -> int:
        """Return the number of bytes that have been read, as they were sent."""
        raise NotImplementedError


def unpack(packed: Packed, limit: int) -> bytes | None:
    """Return the whole body, or None if it exceeds the limit, as sent or once decoded.

    Raises:
        urllib3.exceptions.DecodeError: If it is not encoded as its Content-Encoding says.
    """
    # It hands over what it holds without a copy, unlike a list of pieces that is joined.
    body = io.BytesIO()
    while piece := packed.read(READ_SIZE, decode_content=True):
        body.write(piece)
        if max(body.tell(), packed.tell()) > limit:
            return None
    return body.getvalue()


def packed_as(encoding: str, body: bytes) -> Packed:
    """Return a body that was read already, with the Content-Encoding that it came with."""
    headers = {"Content-Encoding": encoding}
    return urllib3.HTTPResponse(io.BytesIO(body), headers, preload_content=False)
