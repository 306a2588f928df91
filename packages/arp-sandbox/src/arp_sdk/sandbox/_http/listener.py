"""An application on a port of its own."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from arp_sdk.models import ErrorEnvelope
from arp_sdk.schema import encode_json
from arp_sdk.server import Application, ServiceError

from .local_hosts import HOST

_GRACE_SECONDS = 1.0


class Listener:
    """A loopback port that serves an application until it is closed."""

    def __init__(self, app: Application, port: int = 0) -> None:
        self._socket = _listen(port)
        self.url = f"http://{HOST}:{self._socket.getsockname()[1]}"
        self._config = uvicorn.Config(
            app, http="h11", ws="none", log_config=None, proxy_headers=False
        )
        self._config.load()
        self._state = ServerState()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Start to accept connections."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._new_connection, sock=self._socket)

    async def close(self, grace: float = _GRACE_SECONDS) -> None:
        """Stop accepting connections and close those that are open."""
        if self._server is not None:
            self._server.close()
        self._socket.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        if grace and self._state.tasks:
            await asyncio.wait(set(self._state.tasks), timeout=grace)
        for connection in list(self._state.connections):
            connection.transport.abort()
        tasks = set(self._state.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _new_connection(self) -> asyncio.Protocol:
        return _Connection(self._config, self._state, {})


def _listen(port: int) -> socket.socket:
    # asyncio sets TCP_NODELAY only on sockets that name their protocol.
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # On Windows, this option lets another process take the port over.
        if os.name == "posix":
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((HOST, port))
        opened.listen()
    except BaseException as error:
        opened.close()
        if isinstance(error, OSError):
            raise OSError(error.errno, f"port {port}: {error.strerror}") from None
        raise
    return opened


class _Connection(H11Protocol):
    """A connection whose parse errors are ErrorEnvelopes, and which an application can reset."""

    def send_400_response(self, msg: str) -> None:
        body = encode_json(ServiceError(400, "invalid_http", msg).envelope, ErrorEnvelope)
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Connection", "close"),
        ]
        response = h11.Response(status_code=400, headers=headers, reason="Bad Request")
        for event in (response, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}
