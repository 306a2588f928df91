"""Answers that go wrong on purpose, down to the socket."""

from __future__ import annotations

import asyncio
import socket
import struct
from http import HTTPStatus

from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from arp_sdk.sandbox._http.service_error import ServiceError

from .fault import Fault

# Closing with this makes the system send RST instead of FIN (SO_LINGER of socket(7)).
_ABORTIVE_CLOSE = struct.pack("ii", 1, 0)


def planned_error(fault: Fault) -> ServiceError:
    """The error that a fault with a status answers."""
    status = fault.status or 500
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = f"status {status}"
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    message = f"{phrase}, on purpose"
    return ServiceError(status, "sandbox.fault", message, headers=headers)


async def reset(scope: Scope, receive: Receive) -> None:
    """Reset the connection of a request."""
    transport = _transport(scope)
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORTIVE_CLOSE)
    transport.abort()
    await _disconnected(receive)


async def send_broken(
    fault: Fault, response: Response, scope: Scope, receive: Receive, send: Send
) -> None:
    """Send an answer as a fault wants it."""
    if fault.reset == "after":
        await _discard(response)
        await reset(scope, receive)
    elif fault.drop_stream_after is not None and isinstance(response, StreamingResponse):
        await _drop_stream(fault.drop_stream_after, response, scope, receive, send)
    elif fault.truncate and not isinstance(response, StreamingResponse):
        await _truncate(response, scope, receive, send)
    elif fault.malformed and not isinstance(response, StreamingResponse) and response.body:
        response = Response(
            bytes(response.body[:-1]) + b",", response.status_code, media_type="application/json"
        )
        await response(scope, receive, send)
    else:
        await response(scope, receive, send)


async def _truncate(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    start: Message = {
        "type": "http.response.start",
        "status": response.status_code,
        "headers": response.raw_headers,
    }
    await send(start)
    half = bytes(response.body[: len(response.body) // 2])
    await send({"type": "http.response.body", "body": half, "more_body": True})
    await _close(scope, receive)


async def _drop_stream(
    events: int, response: StreamingResponse, scope: Scope, receive: Receive, send: Send
) -> None:
    start: Message = {
        "type": "http.response.start",
        "status": response.status_code,
        "headers": response.raw_headers,
    }
    await send(start)
    await send({"type": "http.response.body", "body": b"", "more_body": True})
    pieces = response.body_iterator
    sent = 0
    if events:
        async for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            sent += 1
            if sent == events:
                break
    await _discard(response)
    await _close(scope, receive)


async def _discard(response: Response) -> None:
    pieces = getattr(response, "body_iterator", None)
    if pieces is not None:
        await pieces.aclose()


async def _close(scope: Scope, receive: Receive) -> None:
    _transport(scope).close()
    await _disconnected(receive)


async def _disconnected(receive: Receive) -> None:
    # The server complains of an answer without an end, unless it knows that the client is gone.
    while (await receive())["type"] != "http.disconnect":
        pass


def _transport(scope: Scope) -> asyncio.Transport:
    transport: asyncio.Transport = scope["state"]["transport"]
    return transport
