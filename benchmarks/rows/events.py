"""A long stream of events."""

import json
from collections.abc import Callable
from typing import Any

from harness.memory import memory
from harness.row import Row, Subject, Target
from server import EVENTS

PATH = "/v1/runs/run_1/events"


def sdk(url: str) -> Callable[[], Any]:
    from arp_sdk.runtime import RuntimeClient

    return _counted(RuntimeClient(f"{url}/{EVENTS}"), EVENTS)


def _counted(client: Any, count: int) -> Callable[[], Any]:
    def work() -> None:
        assert sum(1 for _ in client.stream_run_events("run_1")) == count

    return work


def peer(url: str) -> Callable[[], Any]:
    """Read events with httpx, as users of the SDK without event streams would."""
    import httpx

    from arp_sdk.runtime.models import RunEvent

    client = httpx.Client()

    def work() -> None:
        count = 0
        with client.stream("GET", f"{url}/{EVENTS}{PATH}") as response:
            for line in response.iter_lines():
                if line.startswith("data:"):
                    RunEvent.from_dict(json.loads(line[5:]))
                    count += 1
        assert count == EVENTS

    return work


def memory_of(url: str, count: int) -> dict[str, float]:
    from arp_sdk.runtime import RuntimeClient

    client = RuntimeClient(f"{url}/{count}")
    with client.stream_run_events("run_1") as stream:
        next(stream)  # what is made once is made
    return memory(_counted(client, count))


ROWS = [
    Row(
        "A stream of 100,000 events",
        "calls",
        [
            Subject("stream_run_events of the SDK", "sdk", sdk),
            Subject("httpx lines and from_dict of the peer", "peer", peer),
        ],
        [
            Target(
                "stream_run_events of the SDK",
                "at least",
                3,
                "httpx lines and from_dict of the peer",
                speed=True,
            )
        ],
        rounds=7,
    ),
    Row(
        "Memory of a stream",
        "fresh",
        [
            Subject("100,000 events", "sdk", memory_of, [EVENTS]),
            Subject("10,000 events", "sdk", memory_of, [EVENTS // 10]),
        ],
        [Target("100,000 events", "at most", 1.1, "10,000 events", metrics=["peak"])],
        units={"peak": "bytes", "retained": "bytes"},
        compared="peak",
        rounds=3,
    ),
]
