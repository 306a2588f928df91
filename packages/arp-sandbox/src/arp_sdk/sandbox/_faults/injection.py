"""Damage to responses, down to the socket."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from .faults import Fault

# With this SO_LINGER value, close() sends RST instead of FIN: see socket(7).
_LINGER_ZERO = struct.pack("ii", 1, 0)


async def reset_connection(scope: Scope, receive: Receive) -> None:
    """Reset the connection of a request."""
    transport = _transport(scope)
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    transport.abort()
    await _wait_for_disconnect(receive)


async def send_damaged(
    fault: Fault, response: Response, scope: Scope, receive: Receive, send: Send
) -> None:
    """Send a response with the damage that a fault describes."""
    stream = response.body_iterator if isinstance(response, StreamingResponse) else None
    if fault.reset == "after":
        await _close_stream(stream)
        await reset_connection(scope, receive)
    elif stream is not None and fault.drop_stream_after is not None:
        pieces = _first(aiter(stream), fault.drop_stream_after)
        await _send_part(response, pieces, scope, receive, send)
        await _close_stream(stream)
    elif stream is None and fault.truncate:
        half = bytes(response.body[: len(response.body) // 2])
        await _send_part(response, _only(half), scope, receive, send)
    else:
        if stream is None and fault.malformed and response.body:
            response.body = bytes(response.body[:-1]) + b","
        await response(scope, receive, send)


async def _send_part(
    response: Response, pieces: AsyncIterator[object], scope: Scope, receive: Receive, send: Send
) -> None:
    """Send the beginning of a response, then close the connection."""
    start = {"status": response.status_code, "headers": response.raw_headers}
    await send({"type": "http.response.start", **start})
    await send({"type": "http.response.body", "body": b"", "more_body": True})
    async for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    _transport(scope).close()
    await _wait_for_disconnect(receive)


async def _first(stream: AsyncIterator[object], count: int) -> AsyncIterator[object]:
    for _ in range(count):
        try:
            yield await anext(stream)
        except StopAsyncIteration:
            return


async def _only(piece: bytes) -> AsyncIterator[object]:
    yield piece


async def _close_stream(stream: object) -> None:
    close = getattr(stream, "aclose", None)
    if close is not None:
        await close()


async def _wait_for_disconnect(receive: Receive) -> None:
    # uvicorn logs an unfinished response as an error unless the client has disconnected.
    while (await receive())["type"] != "http.disconnect":
        pass


def _transport(scope: Scope) -> asyncio.Transport:
    transport: asyncio.Transport = scope["state"]["transport"]
    return transport
