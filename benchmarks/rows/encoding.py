"""A RunRequest, from a model to bytes."""

import json
from collections.abc import Callable
from typing import Any

from harness.row import Row, Subject, Target

Work = Callable[[], Any]

REQUEST = {
    "run_id": "run_00000042",
    "input": {
        "goal": "Summarise the incidents of the last week.",
        "context": {"conversation": ["Hello.", "What happened last week?"], "locale": "en"},
        "data": {"incidents": [{"id": 1, "text": "disk full"}, {"id": 2, "text": "no power"}]},
    },
    "runtime_selector": {"runtime_profile": "default"},
    "tool_policy": {"allow_tool_ids": ["search", "calculator"]},
    "limits": {"timeout_ms": 60_000, "max_steps": 20, "max_tokens": 4096},
    "metadata": {"labels": {"team": "operations"}},
    "extensions": {"com.example.tier": "gold"},
}


def checked() -> Work:
    from arp_sdk.models import RunRequest
    from arp_sdk.schema import encode_json

    request = RunRequest.from_dict(REQUEST)
    return lambda: encode_json(request, RunRequest)


def unchecked() -> Work:
    from arp_sdk.models import RunRequest

    return RunRequest.from_dict(REQUEST).to_json


def peer() -> Work:
    from arp_sdk.models import RunRequest

    request = RunRequest.from_dict(REQUEST)
    return lambda: json.dumps(request.to_dict()).encode()


def bare() -> Work:
    from msgspec.json import Encoder

    encoder = Encoder()
    return lambda: encoder.encode(REQUEST)


ROWS = [
    Row(
        "Encoding a RunRequest",
        "micro",
        [
            Subject("the SDK, with all checks", "sdk", checked),
            Subject("the SDK, to_json", "sdk", unchecked),
            Subject("the peer", "peer", peer),
            Subject("msgspec, a dict", "urllib3", bare),
        ],
        [
            Target("the SDK, with all checks", "at most", 1 / 10, "the peer", metrics=["cpu"]),
            Target("the SDK, to_json", "at most", 1 / 40, "the peer", metrics=["cpu"]),
        ],
        note="All properties are set. The peer checks nothing; `to_json` does not either.",
    )
]
