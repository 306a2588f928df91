"""The part of a service that faces the network: it keeps web pages out."""

from __future__ import annotations

import asyncio
from email.utils import formatdate

from arp_sdk.server import Application, Receive, Scope, Send, ServiceError, send_error

from .local_hosts import AllowedHosts


class Front:
    """ASGI middleware that checks Host and Origin, and dates the responses."""

    def __init__(self, inner: Application, hosts: AllowedHosts) -> None:
        self._inner = inner
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request."""

        async def dated(message: Scope) -> None:
            if message["type"] == "http.response.start":
                date = (b"date", formatdate(usegmt=True).encode())
                message["headers"] = [*message["headers"], date]
            await send(message)

        headers = scope["headers"]
        hosts, origins = (
            [value.decode("latin-1") for name, value in headers if name == wanted]
            for wanted in (b"host", b"origin")
        )
        try:
            self._hosts.check(scope["server"][1], hosts, origins)
            await self._inner(scope, receive, dated)
        except ServiceError as error:
            await send_error(error, scope, dated)
        except asyncio.CancelledError:
            # When the service stops, it closes its connections first: uvicorn would log the rest.
            if not scope["state"]["transport"].is_closing():
                raise
