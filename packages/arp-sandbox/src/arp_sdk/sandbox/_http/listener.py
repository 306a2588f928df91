"""An application on a port of its own."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from arp_sdk.models import ErrorEnvelope
from arp_sdk.schema import encode_json

from .service_error import ServiceError

HOST = "127.0.0.1"
_GRACE_SECONDS = 1.0


class Listener:
    """Serves an application on a loopback port, until it is closed.

    Args:
        app: What answers the requests.
        port: Where, or 0 for a free port.

    Raises:
        OSError: If the port is taken.
    """

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        self._socket = _bound(port)
        self.url = f"http://{HOST}:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            proxy_headers=False,
            server_header=False,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Accept connections from now on."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        await self._server.accepting.wait()

    async def close(self, grace: float = _GRACE_SECONDS) -> None:
        """Accept no more connections, and end those that there are.

        Args:
            grace: Seconds that answers under way may take.
        """
        self._server.grace = grace
        self._server.stopping.set()
        if self._task is not None:
            await self._task
        self._socket.close()


def _bound(port: int) -> socket.socket:
    # asyncio lets small answers go at once (TCP_NODELAY) only where the protocol is named.
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # On Windows this would let another process take the port over.
        if os.name == "posix":
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((HOST, port))
        opened.listen()
    except BaseException:
        opened.close()
        raise
    return opened


class _Server(uvicorn.Server):
    """Stops at once where nothing is under way, which the original polls for."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.accepting = asyncio.Event()
        self.stopping = asyncio.Event()
        self.grace = _GRACE_SECONDS

    async def main_loop(self) -> None:
        self.accepting.set()
        while not self.stopping.is_set():
            # The default headers hold the date.
            await self.on_tick(0)
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), timeout=1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        tasks = set(self.server_state.tasks)
        if tasks and self.grace:
            await asyncio.wait(tasks, timeout=self.grace)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        tasks = set(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for opened in sockets or []:
            opened.close()


class _Protocol(H11Protocol):
    """Answers what is no HTTP by an ErrorEnvelope, and lets an application break its connection."""

    def send_400_response(self, msg: str) -> None:
        error = ServiceError(400, "invalid_http", msg)
        body = encode_json(error.envelope, ErrorEnvelope)
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
