"""Memory of 100,000 runs."""

import json

from harness.memory import memory
from harness.row import Row, Subject, Target
from server import page

RUNS = 100_000


def sdk(_: str) -> dict[str, float]:
    from arp_sdk.models import RunListResponse

    RunListResponse.from_json(page(1))  # what is made once is made
    data = page(RUNS)
    return memory(lambda: RunListResponse.from_json(data))


def peer(_: str) -> dict[str, float]:
    from arp_sdk.models import RunListResponse

    RunListResponse.from_dict(json.loads(page(1)))
    data = page(RUNS)
    return memory(lambda: RunListResponse.from_dict(json.loads(data)))


ROWS = [
    Row(
        "Memory of 100,000 runs",
        "fresh",
        [Subject("the SDK", "sdk", sdk), Subject("the peer", "peer", peer)],
        [
            Target("the SDK", "at most", 1.0, "the peer", metrics=["retained"]),
            Target("the SDK", "at most", 0.5, "the peer", metrics=["peak"]),
        ],
        units={"peak": "bytes", "retained": "bytes"},
        compared="peak",
        rounds=1,
        note="The runs are decoded from one response, which is not counted.",
    )
]
