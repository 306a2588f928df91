"""Checks that a call left nothing: no connection, no task, and no retry that was not made."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from arp_sdk.core import HttpRequest, HttpResponse
from arp_sdk.core.aio import AsyncClient
from support.server import Server


async def settled(client: AsyncClient, server: Server) -> None:
    """Wait until there is no task, and no connection except idle ones in the pool.

    The server notices a moment later that the client has closed a connection.
    """
    await until(lambda: not remaining(client, server))
    assert remaining(client, server) == {}, "still there"


async def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until the condition holds, or for this long."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        await asyncio.sleep(0.001)


def remaining(client: AsyncClient, server: Server) -> dict[str, Any]:
    """Return the tasks and connections that are in use."""
    session = client._connections._session
    connector: Any = None if session is None else session.connector
    pooled = 0 if connector is None else sum(map(len, connector._conns.values()))
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    acquired = set() if connector is None else set(connector._acquired)
    found = {
        "tasks": tasks,
        "acquired": acquired,
        "at the server": server.open - pooled,
    }
    return {name: what for name, what in found.items() if what}


class Retried:
    """Counts the 503 responses that another request followed.

    Each task makes one call after the other, so a retry follows its response.
    """

    def __init__(self) -> None:
        self._seen: defaultdict[object, list[int]] = defaultdict(list)

    def sent(self, request: HttpRequest) -> None:
        """Record a request."""
        self._seen[asyncio.current_task()].append(0)

    def received(self, request: HttpRequest, response: HttpResponse) -> None:
        """Record a response."""
        self._seen[asyncio.current_task()].append(response.status_code)

    @property
    def made(self) -> int:
        """The number of retries."""
        return sum(seen[:-1].count(503) for seen in self._seen.values())
