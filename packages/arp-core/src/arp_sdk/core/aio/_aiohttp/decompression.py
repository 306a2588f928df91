"""Decompression that leaves the event loop to the other tasks."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import urllib3

from arp_sdk.core._transport.decompression import packed_as, unpack

# Even the densest body of this size, or one of as many members as fit, is a matter of milliseconds.
_AT_ONCE = 16384
_SIMPLE = frozenset({"gzip", "deflate"})


class _Source(io.BytesIO):
    """A body that ends with an error as soon as nobody waits for it."""

    abandoned = False

    def read(self, size: int | None = -1, /) -> bytes:
        if self.abandoned:
            raise TimeoutError
        return super().read(size)


async def unpacked(encoding: str, body: bytes, limit: int) -> bytes | None:
    """Decompress a body, a large one in a thread; None if it exceeds the limit.

    Raises:
        urllib3.exceptions.DecodeError: If it is not compressed as its Content-Encoding says.
    """
    if len(body) <= _AT_ONCE and encoding in _SIMPLE:
        return unpack(packed_as(encoding, body), limit)
    source = _Source(body)
    packed: Any = urllib3.HTTPResponse(
        source, {"Content-Encoding": encoding}, preload_content=False
    )
    try:
        return await asyncio.to_thread(unpack, packed, limit)
    finally:
        source.abandoned = True
