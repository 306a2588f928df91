"""The server of the page, in a thread of its own."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import uvicorn

import secrets
from arp_sdk.cli._session.session import Source

from .app import Pages
from .security import Guard

if TYPE_CHECKING:
    from arp_sdk.sandbox import Sandbox

_STOP_SECONDS = 1


class PageServer:
    """The page on a loopback port, as a context manager.

    Args:
        port: The port; 0 for a free one.

    Raises:
        OSError: If the port is taken.
    """

    def __init__(self, source: Source, port: int, box: Sandbox | None = None) -> None:
        self._socket = socket.create_server(("127.0.0.1", port))
        self._port = self._socket.getsockname()[1]
        secret = secrets.token_urlsafe(24)
        self._path = f"/{secret}"
        pages = Pages(source, self._path, box)
        config = uvicorn.Config(
            Guard(pages.app(), secret, self._port),
            # The access log would have the secret.
            access_log=False,
            log_level="warning",
            timeout_graceful_shutdown=_STOP_SECONDS,
            server_header=False,
            proxy_headers=False,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="arp-page"
        )

    def __repr__(self) -> str:
        return f"PageServer(port={self._port})"

    @property
    def url(self) -> str:
        """The address of the page, with its secret."""
        return f"http://127.0.0.1:{self._port}{self._path}/"

    def __enter__(self) -> PageServer:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
