"""The events of a run, and streams of them."""

from __future__ import annotations

import json
from typing import Any

EVENT_STREAM = {"Content-Type": "text/event-stream"}


def event(seq: int, kind: str = "step", run_id: str = "r", **more: Any) -> dict[str, Any]:
    """Return an event of a run."""
    time = "2026-01-01T00:00:00Z"
    return {"run_id": run_id, "seq": seq, "type": kind, "time": time, **more}


def sse(seq: int, kind: str = "step", run_id: str = "r") -> bytes:
    """Return an event as a stream has it."""
    return f"id: {seq}\ndata: {json.dumps(event(seq, kind, run_id))}\n\n".encode()
