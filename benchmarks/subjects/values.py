"""Values that the measured services return, the same for each of them."""

from __future__ import annotations

import json
from typing import Any

COUNT = 1000
START, END = "2026-01-01T00:00:00.123456Z", "2026-01-01T00:00:42.654321Z"
RUN: dict[str, Any] = {
    "run_id": "run_1", "state": "succeeded", "root_node_run_id": "node_run_1",
    "started_at": START, "ended_at": END,
}  # fmt: skip
RUNS = [{**RUN, "run_id": f"run_{number:08}"} for number in range(COUNT)]
# The same but for one run.
CHANGED = [{**RUNS[0], "state": "failed"}, *RUNS[1:]]
NODE_TYPES: list[dict[str, Any]] = [
    {
        "node_type_id": f"type_{number:08}", "version": "1.0.0", "kind": "atomic",
        "description": "Summarizes a text in a few sentences.", "input_schema": {"type": "object"},
    }
    for number in range(COUNT)
]  # fmt: skip


def event() -> bytes:
    """Return an event of a run, as a line of JSON."""
    value = {"run_id": "run_1", "seq": 0, "type": "run_started", "time": START}
    return json.dumps(value).encode()
