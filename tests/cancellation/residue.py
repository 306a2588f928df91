"""What calls may leave behind: connections, tasks, and retries that were paid for."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

from arp_sdk.core import HttpRequest, HttpResponse
from arp_sdk.core.aio import AsyncClient
from support.server import Server


async def settled(client: AsyncClient, server: Server) -> None:
    """Wait until nothing is at work: no task, and no connection but those that wait in the pool.

    The server learns of a connection that is closed a moment later than the client closes it.
    """
    for _ in range(500):
        if not remaining(client, server):
            break
        await asyncio.sleep(0.01)
    assert remaining(client, server) == {}, "left behind"


def remaining(client: AsyncClient, server: Server) -> dict[str, Any]:
    """What is still at work."""
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
    """Counts the answers that say 503 and that another request followed.

    Each task makes one call after the other, so what follows stands behind it.
    """

    def __init__(self) -> None:
        self._seen: defaultdict[object, list[int]] = defaultdict(list)

    def sent(self, request: HttpRequest) -> None:
        """Note a request."""
        self._seen[asyncio.current_task()].append(0)

    def came(self, request: HttpRequest, response: HttpResponse) -> None:
        """Note an answer."""
        self._seen[asyncio.current_task()].append(response.status_code)

    @property
    def made(self) -> int:
        """How many."""
        return sum(seen[:-1].count(503) for seen in self._seen.values())
