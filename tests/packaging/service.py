"""A healthy service on a local socket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from support.server import json_reply, serving


@contextmanager
def running() -> Iterator[str]:
    """Respond to each request as `GET /v1/health` does, and yield the address."""
    with serving() as server:
        server.plan(json_reply({"status": "ok", "time": "2026-01-01T00:00:00Z"}))
        yield server.url
