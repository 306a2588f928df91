"""A connection to an MCP server that is made again when it is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.server import Server
from mcp.shared.exceptions import MCPError
from mcp_types import CONNECTION_CLOSED, INVALID_REQUEST

from arp_sdk.errors import ArpConnectionError

from ._repair import repaired

T = TypeVar("T")
Target = str | Sequence[str] | Server[Any]
"""A URL, a command with its arguments, or a server in this process."""

_logger = logging.getLogger("arp_sdk.mcp")

# Seconds.
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 10.0
_PATIENCE = 30.0
_CONNECT_SECONDS = 30.0
_QUIET_SECONDS = 300.0
# Codes of a connection or a session that has ended, rather than of a response.
_LOST = (CONNECTION_CLOSED, INVALID_REQUEST)


class Connection:
    """A connection to an MCP server. It exists inside of `async with connection.open()`.

    Args:
        target: The server.
        token: Bearer token for a URL, or None.
        environment: Environment variables for a command, in addition to the few that it inherits.
        patience: Seconds that a call waits for a connection.
    """

    def __init__(
        self,
        target: Target,
        *,
        token: str | None = None,
        environment: dict[str, str] | None = None,
        patience: float = _PATIENCE,
    ) -> None:
        self._target = target
        self._token = token
        self._environment = environment
        self._patience = patience
        self._client: Client | None = None
        self._changed = asyncio.Condition()
        self._lost = asyncio.Event()
        self._is_closing = False
        self._reason = "it has not been connected yet"

    @property
    def problem(self) -> str | None:
        """The reason why there is no connection, or None if there is one."""
        return None if self._client is not None else self._reason

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Connect, and stay connected."""
        self._is_closing = False
        keeping = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            # A cancellation is lost if it meets an error of the library's tasks. A second one
            # would interrupt the library while it stops the server, which would go on.
            self._is_closing = True
            self._lost.set()
            keeping.cancel()
            await asyncio.wait([keeping])

    async def use(self, call: Callable[[Client], Awaitable[T]], *, again: bool) -> T:
        """Make a call.

        Args:
            call: The call.
            again: Whether to repeat it if the connection is lost.

        Raises:
            ArpConnectionError: If there is no connection, or it was lost.
            MCPError: If the server responds with an error.
        """
        client = await self._connected()
        try:
            return await call(client)
        except MCPError as error:
            if error.code not in _LOST:
                raise
            reason = str(error)
        except (OSError, EOFError) as error:
            reason = repr(error)
        self._lose(client, reason)
        if again:
            return await self.use(call, again=False)
        raise ArpConnectionError(f"the connection to the MCP server was lost: {reason}")

    async def _connected(self) -> Client:
        async def wait() -> Client:
            async with self._changed:
                while self._client is None:
                    await self._changed.wait()
                return self._client

        try:
            return await asyncio.wait_for(wait(), self._patience)
        except asyncio.TimeoutError:
            pass
        message = f"no connection to the MCP server: {self._reason}"
        raise ArpConnectionError(message, sent=False)

    def _lose(self, client: Client, reason: str) -> None:
        if self._client is client:
            self._client, self._reason = None, reason
            self._lost.set()

    async def _keep(self) -> None:
        """Connect again and again. A client of the library belongs to one task: this one."""
        pause = _FIRST_PAUSE
        while not self._is_closing:
            self._lost.clear()
            try:
                async with self._new_client() as client:
                    _logger.info("connected to the MCP server, %s", client.protocol_version)
                    async with self._changed:
                        self._client = client
                        self._changed.notify_all()
                    pause = _FIRST_PAUSE
                    await self._lost.wait()
            except (asyncio.CancelledError, KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:  # a group of errors need not be an Exception
                self._reason = _innermost(error)
                _logger.warning("no connection to the MCP server: %s", self._reason)
            finally:
                self._client = None
            if not self._is_closing:
                await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _new_client(self) -> Client:
        target = self._target
        if isinstance(target, Server):
            return Client(target)
        if not isinstance(target, str):
            command, *arguments = target
            parameters = StdioServerParameters(
                command=command, args=arguments, env=self._environment
            )
            return Client(repaired(stdio_client(parameters)))
        if self._token is None:
            return Client(repaired(streamable_http_client(target)))
        return Client(repaired(self._with_token(target)))

    @asynccontextmanager
    async def _with_token(self, url: str) -> AsyncIterator[Any]:
        async with (
            httpx2.AsyncClient(
                headers={"Authorization": f"Bearer {self._token}"},
                timeout=httpx2.Timeout(_CONNECT_SECONDS, read=_QUIET_SECONDS),
                follow_redirects=True,
            ) as http,
            streamable_http_client(url, http_client=http) as streams,
        ):
            yield streams


def _innermost(error: BaseException) -> str:
    """Return the text of the first error in groups of errors."""
    while isinstance(getattr(error, "exceptions", None), tuple):
        error = error.exceptions[0]  # type: ignore[attr-defined]
    return f"{type(error).__name__}: {error}"
