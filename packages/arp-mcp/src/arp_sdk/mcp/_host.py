"""ARP for MCP hosts: a server that offers the tools of a registry, and runs."""

from __future__ import annotations

import hmac
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
import uvicorn
from mcp.server import NotificationOptions, Server
from mcp.server.context import ServerRequestContext
from mcp.server.models import InitializationOptions
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    ServerCapabilities,
    ServerTasksCapability,
    Tool,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from arp_sdk.errors import ArpConfigError, ArpError

from ._changes import Changes
from ._content import explained, failure
from ._local import LOOPBACK
from ._sources import Source
from ._tasks import CAPABILITY, EXTENSION, Tasks
from ._version import __version__

POLL_SECONDS = 10.0
_STOP_SECONDS = 5
_Entries = dict[str, tuple[Source, Tool, Tool]]
_INSTRUCTIONS = "Tools and runs of services of the Agent Runtime Protocol (ARP)."


class HostServer(Server[None]):
    """An MCP server that offers the tools of some sources, in both versions of the protocol.

    `run_stdio` and `http_app` serve it. It is an ordinary server of the library `mcp`, so
    `mcp.Client(server)` connects to it directly.

    Args:
        sources: Where the tools come from. If two have a tool of the same name, the later one's
            name gets an underscore.
        name: Name of the server, for hosts.
        poll: Seconds after which the lists of tools are read again while a host follows them.
        task_after: Seconds after which a run becomes a task, for hosts of MCP 2026-07-28 that
            declare the extension.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        name: str = "arp",
        poll: float = POLL_SECONDS,
        task_after: float = 2.0,
    ) -> None:
        self._sources = tuple(sources)
        self._tools: _Entries = {}
        self._was_read = False
        super().__init__(
            name,
            version=__version__,
            instructions=_INSTRUCTIONS,
            lifespan=self._living,
            on_list_tools=self._list,
        )
        self._tasks = Tasks(self, self._takes_tasks, self._call, task_after)
        self._changes = Changes(self, self._refresh, poll)

    def get_capabilities(
        self,
        notification_options: NotificationOptions | None = None,  # noqa: ARG002
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
        *,
        protocol_version: str | None = None,
    ) -> ServerCapabilities:
        """Return the capabilities, with tasks as the version of the protocol has them."""
        found = super().get_capabilities(
            NotificationOptions(tools_changed=True),
            experimental_capabilities,
            extensions,
            protocol_version=protocol_version,
        )
        if protocol_version in MODERN_PROTOCOL_VERSIONS:
            found.extensions = {**(found.extensions or {}), EXTENSION: {}}
        else:
            found.tasks = ServerTasksCapability.model_validate(CAPABILITY)
        return found

    async def close(self) -> None:
        """Cancel the tasks that still run, and close the connections to the services."""
        self._changes.close()
        await self._tasks.close()
        for source in self._sources:
            await source.close()

    # Each connection has a life of its own in the library: nothing of the server's ends with it.
    @asynccontextmanager
    async def _living(self, _: Server[None]) -> AsyncIterator[None]:
        yield None

    async def _list(
        self,
        context: ServerRequestContext[None, Any],  # noqa: ARG002
        params: PaginatedRequestParams | None,  # noqa: ARG002
    ) -> ListToolsResult:
        await self._refresh()
        return ListToolsResult(tools=_shown(self._tools))

    async def _refresh(self) -> None:
        found: _Entries = {}
        for source in self._sources:
            try:
                listed = await source.tools()
            except ArpError as error:
                raise MCPError(code=-32603, message=f"No tools: {explained(error)}") from None
            for tool in listed:
                name = tool.name
                while name in found:
                    name += "_"
                found[name] = source, tool, tool.model_copy(update={"name": name})
        before, self._tools = self._tools, found
        if self._was_read and _shown(before) != _shown(found):
            await self._changes.announce()
        self._was_read = True

    async def _find(self, name: str) -> tuple[Source, Tool, Tool]:
        if name not in self._tools:
            await self._refresh()
        if name not in self._tools:
            raise MCPError(code=INVALID_PARAMS, message=f"Unknown tool: {name}")
        return self._tools[name]

    async def _takes_tasks(self, name: str) -> bool:
        execution = (await self._find(name))[1].execution
        return execution is not None and execution.task_support == "optional"

    async def _call(
        self, context: ServerRequestContext[None, Any], params: CallToolRequestParams
    ) -> CallToolResult:
        """Call a tool. An unknown one is an error of the protocol; a failure is a result."""
        source, tool, _ = await self._find(params.name)

        async def report(progress: float, message: str) -> None:
            await context.session.report_progress(progress, None, message)

        try:
            return await source.call(tool, params.arguments or {}, report)
        except ArpError as error:
            return failure(explained(error))


def _shown(entries: _Entries) -> list[Tool]:
    return [shown for _, _, shown in entries.values()]


async def run_stdio(server: HostServer) -> None:
    """Serve one host over standard input and output, until it closes them."""
    try:
        async with stdio_server() as (read, write):
            options: InitializationOptions = server.create_initialization_options()
            await server.run(read, write, options)
    finally:
        with anyio.CancelScope(shield=True):
            await server.close()


def http_app(server: HostServer, *, host: str = "127.0.0.1", token: str | None = None) -> ASGIApp:
    """Return the ASGI application that serves hosts over streamable HTTP, at `/mcp`.

    Its lifespan ends with that of the server, which is closed.

    Args:
        server: The server.
        host: The address that it will listen at. On a loopback address, requests from pages of
            other sites are refused.
        token: The bearer token that requests must have, or None.

    Raises:
        ArpConfigError: If others could call it: another address than loopback needs a token.
    """
    if host not in LOOPBACK and not token:
        raise ArpConfigError(f"serving MCP at {host} lets others call the tools: set a token")
    return _HttpApp(server, server.streamable_http_app(host=host), token)


async def run_http(
    server: HostServer, *, host: str = "127.0.0.1", port: int = 8900, token: str | None = None
) -> None:
    """Serve hosts over streamable HTTP until the process is told to stop."""
    app = http_app(server, host=host, token=token)
    # Hosts keep streams open for notifications, which end with the connection only.
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=_STOP_SECONDS
    )
    await uvicorn.Server(config).serve()


class _HttpApp:
    """The application of the library, with a bearer token, and closed at its end."""

    def __init__(self, server: HostServer, app: ASGIApp, token: str | None) -> None:
        self._server = server
        self._app = app
        self._expected = None if token is None else f"bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_and_close(message: Message) -> None:
            if message["type"] == "lifespan.shutdown.complete":
                await self._server.close()
            await send(message)

        if scope["type"] == "lifespan":
            await self._app(scope, receive, send_and_close)
        elif self._expected is None or self._is_allowed(scope, self._expected):
            await self._app(scope, receive, send)
        else:
            headers = [(b"www-authenticate", b"Bearer"), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send({"type": "http.response.body", "body": b""})

    def _is_allowed(self, scope: Scope, expected: bytes) -> bool:
        given: bytes = dict(scope["headers"]).get(b"authorization", b"")
        scheme, _, secret = given.partition(b" ")
        return hmac.compare_digest(scheme.lower() + b" " + secret, expected)


def snippet(arguments: Sequence[str], *, url: str | None = None, secret: bool = False) -> str:
    """Return the configuration of a desktop host, in the form `mcpServers` that most take.

    Args:
        arguments: The arguments of `python -m arp_sdk.mcp` that a host starts.
        url: The URL of a server that runs already, instead.
        secret: Whether a token is needed. The snippet has a placeholder for it.
    """
    entry: dict[str, Any] = {"command": sys.executable, "args": ["-m", "arp_sdk.mcp", *arguments]}
    if url is not None:
        entry = {"type": "http", "url": url}
    if secret:
        placeholder = "REPLACE_WITH_THE_TOKEN"
        key, value = ("env", {"ARP_TOKEN": placeholder})
        if url is not None:
            key, value = ("headers", {"Authorization": f"Bearer {placeholder}"})
        entry[key] = value
    return json.dumps({"mcpServers": {"arp": entry}}, indent=2)
