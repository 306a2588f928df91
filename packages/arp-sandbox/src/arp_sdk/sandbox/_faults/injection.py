"""Damage to responses, down to the socket. Only the last functions reach below ASGI."""

from __future__ import annotations

import asyncio
import socket
import struct

from arp_sdk.server import App, Receive, Scope, Send, ServiceError, send_error

from .faults import Fault, Faults

# With this SO_LINGER value, close() sends RST instead of FIN: see socket(7).
_LINGER_ZERO = struct.pack("ii", 1, 0)


class FaultInjection:
    """ASGI middleware that injects the faults for a service."""

    def __init__(self, inner: App, service: str, faults: Faults) -> None:
        self._inner = inner
        self._service = service
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request."""
        operation = self._inner.operation(scope)
        fault = operation and self._faults.take(self._service, operation.name)
        if not fault:
            await self._inner(scope, receive, send)
            return
        await asyncio.sleep(fault.delay)
        if fault.reset == "before":
            await _reset(scope, receive)
        elif fault.status is not None:
            await send_error(_injected_error(fault.status, fault.retry_after), scope, send)
        else:
            await self._inner(scope, receive, _Damage(fault, scope, receive, send).send)


class _Damage:
    """The sending of one response, with the damage that a fault describes."""

    def __init__(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        self._fault = fault
        self._scope = scope
        self._receive = receive
        self._send = send
        self._is_stream = False
        self._events_left = fault.drop_stream_after
        self._is_over = False

    async def send(self, message: Scope) -> None:
        """Send a message of the application, or part of it."""
        if self._is_over:
            return
        fault = self._fault
        if fault.reset == "after":
            self._is_over = True
            await _reset(self._scope, self._receive)
        elif message["type"] == "http.response.start":
            names = {name for name, _ in message["headers"]}
            self._is_stream = message["status"] != 204 and b"content-length" not in names
            await self._send(message)
            if self._is_stream and self._events_left == 0:
                await self._cut_off(b"")
        elif self._is_stream and self._events_left is not None:
            await self._send_event(message, self._events_left)
        elif not self._is_stream and fault.truncate and message["body"]:
            await self._cut_off(message["body"][: len(message["body"]) // 2])
        elif not self._is_stream and fault.malformed and message["body"]:
            await self._send({**message, "body": message["body"][:-1] + b","})
        else:
            await self._send(message)

    async def _send_event(self, message: Scope, events_left: int) -> None:
        is_event = message["body"].strip(b":\n") != b""
        self._events_left = events_left - is_event
        if self._events_left == 0 or not message.get("more_body", False):
            await self._cut_off(message["body"])
        else:
            await self._send(message)

    async def _cut_off(self, last: bytes) -> None:
        """Send the last bytes, then close the connection."""
        self._is_over = True
        await self._send({"type": "http.response.body", "body": last, "more_body": True})
        _transport(self._scope).close()
        await _wait_for_disconnect(self._receive)


def _injected_error(status: int, retry_after: int | None) -> ServiceError:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    message = f"The sandbox injects status {status}."
    return ServiceError(status, "sandbox.fault", message, headers=headers)


async def _reset(scope: Scope, receive: Receive) -> None:
    """Reset the connection of a request."""
    transport = _transport(scope)
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    transport.abort()
    await _wait_for_disconnect(receive)


async def _wait_for_disconnect(receive: Receive) -> None:
    # uvicorn logs an unfinished response as an error unless the client has disconnected.
    while (await receive())["type"] != "http.disconnect":
        pass


def _transport(scope: Scope) -> asyncio.Transport:
    transport: asyncio.Transport = scope["state"]["transport"]
    return transport
