"""A RunRequest, from a model to bytes."""

import json
from collections.abc import Callable
from typing import Any

from harness.row import Row, Subject, Target

Work = Callable[[], Any]

SMALL = {"run_id": "run_00000042", "input": {"goal": "Summarise the incidents of the week."}}

LARGE = {
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


VALUES = {"small": SMALL, "large": LARGE}


def sdk(size: str, strict: bool) -> Work:
    from arp_sdk.models import RunRequest
    from arp_sdk.schema import encode_json

    request = RunRequest.from_dict(VALUES[size])
    return lambda: encode_json(request, RunRequest, strict=strict)


def peer(size: str) -> Work:
    from arp_sdk.models import RunRequest

    request = RunRequest.from_dict(VALUES[size])
    return lambda: json.dumps(request.to_dict()).encode()


def bare(size: str) -> Work:
    from msgspec.json import Encoder

    encoder, value = Encoder(), VALUES[size]
    return lambda: encoder.encode(value)


def _row(name: str, size: str, note: str) -> Row:
    return Row(
        name,
        "micro",
        [
            Subject("the SDK, with all checks", "sdk", sdk, [size, True]),
            Subject("the SDK, without checks", "sdk", sdk, [size, False]),
            Subject(PEER, "peer", peer, [size]),
            Subject("msgspec, a dict", "urllib3", bare, [size]),
        ],
        [
            Target("the SDK, with all checks", "at most", 1 / 10, PEER, metrics=["cpu"]),
            Target("the SDK, without checks", "at most", 1 / 40, PEER, metrics=["cpu"]),
        ],
        note=note,
    )


PEER = "the peer, which has no checks"
ROWS = [
    _row("Encoding a RunRequest", "small", "With an id and a goal."),
    _row(
        "Encoding a large RunRequest",
        "large",
        "With all of its properties, including free-form context and data.",
    ),
]
