"""Notifications to hosts that the list of tools has changed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from mcp.server import Server
from mcp.server.context import ServerRequestContext
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ToolsListChanged
from mcp_types import (
    NotificationParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
)

Context = ServerRequestContext[Any, Any]

_FORWARDED = "arp_sdk.mcp.forwarded"
_logger = logging.getLogger("arp_sdk.mcp")


class Changes:
    """The hosts that follow the list of tools, which is read regularly while there are any.

    MCP 2025-11-25 tells each host that is connected. In MCP 2026-07-28 a host asks for it with
    `subscriptions/listen`.

    Args:
        refresh: Reads the list, and calls `announce` if it has changed.
        seconds: Time between two reads.
    """

    def __init__(
        self, server: Server[Any], refresh: Callable[[], Awaitable[object]], seconds: float
    ) -> None:
        self._refresh = refresh
        self._seconds = seconds
        self._bus = InMemorySubscriptionBus()
        self._listening = ListenHandler(self._bus)
        self._hosts = 0
        self._reading: asyncio.Task[None] | None = None
        server.add_request_handler(
            "subscriptions/listen", SubscriptionsListenRequestParams, self._listen
        )
        server.add_notification_handler(
            "notifications/initialized", NotificationParams, self._connected
        )

    async def announce(self) -> None:
        """Tell the hosts that the list has changed."""
        await self._bus.publish(ToolsListChanged())

    def close(self) -> None:
        """End the subscriptions."""
        self._listening.close()

    async def _listen(
        self, context: Context, params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        if not params.notifications.tools_list_changed:
            return await self._listening(context, params)
        with self._followed():
            return await self._listening(context, params)

    async def _connected(self, context: Context, _: NotificationParams) -> None:
        # The library has no public name for the connection of a session.
        connection = context.session._connection
        if connection.state.setdefault(_FORWARDED, context) is context:
            forwarding = asyncio.ensure_future(self._forward(context))
            connection.exit_stack.callback(forwarding.cancel)

    # A host that does not read must not keep the others waiting: each has a task of its own.
    async def _forward(self, context: Context) -> None:
        changed = asyncio.Event()
        stop = self._bus.subscribe(lambda _: changed.set())
        try:
            with self._followed():
                while True:
                    await changed.wait()
                    changed.clear()
                    await context.session.send_tool_list_changed()
        finally:
            stop()

    @contextmanager
    def _followed(self) -> Iterator[None]:
        self._hosts += 1
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._read())
        try:
            yield
        finally:
            self._hosts -= 1
            if not self._hosts:
                self._reading.cancel()
                self._reading = None

    async def _read(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            try:
                await self._refresh()
            except Exception as error:  # the next time may be better
                _logger.info("the list of tools was not read: %s", error)
