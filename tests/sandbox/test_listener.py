"""Connections of the services."""

from __future__ import annotations

import asyncio
import socket

from arp_sdk.sandbox._http.listener import Listener
from arp_sdk.server import Receive, Scope, Send
from sandbox.exchanges import Response, exchange


async def tell_no_delay(scope: Scope, receive: Receive, send: Send) -> None:
    """Response with whether the connection sends small responses at once."""
    connection = scope["state"]["transport"].get_extra_info("socket")
    option = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"yes" if option else b"no"})


async def ask(listener: Listener) -> Response:
    await listener.start()
    try:
        return await asyncio.to_thread(exchange, "GET", listener.url)
    finally:
        await listener.close()


def test_small_answers_go_at_once() -> None:
    async def asked() -> Response:
        return await ask(Listener(tell_no_delay))

    assert asyncio.run(asked()).body == b"yes"
