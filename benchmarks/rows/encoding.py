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


def checked_small() -> Work:
    return _encoded(SMALL, strict=True)


def checked_large() -> Work:
    return _encoded(LARGE, strict=True)


def unchecked_small() -> Work:
    return _encoded(SMALL, strict=False)


def unchecked_large() -> Work:
    return _encoded(LARGE, strict=False)


def _encoded(value: Any, strict: bool) -> Work:
    from arp_sdk.models import RunRequest
    from arp_sdk.schema import encode_json

    request = RunRequest.from_dict(value)
    return lambda: encode_json(request, RunRequest, strict=strict)


def peer_small() -> Work:
    return _by_peer(SMALL)


def peer_large() -> Work:
    return _by_peer(LARGE)


def _by_peer(value: Any) -> Work:
    from arp_sdk.models import RunRequest

    request = RunRequest.from_dict(value)
    return lambda: json.dumps(request.to_dict()).encode()


def bare_small() -> Work:
    return _bare(SMALL)


def bare_large() -> Work:
    return _bare(LARGE)


def _bare(value: Any) -> Work:
    from msgspec.json import Encoder

    encoder = Encoder()
    return lambda: encoder.encode(value)


def _row(name: str, checked: Any, unchecked: Any, peer: Any, bare: Any, note: str) -> Row:
    return Row(
        name,
        "micro",
        [
            Subject("the SDK, with all checks", "sdk", checked),
            Subject("the SDK, without checks", "sdk", unchecked),
            Subject("the peer, which has no checks", "peer", peer),
            Subject("msgspec, a dict", "urllib3", bare),
        ],
        [
            Target("the SDK, with all checks", "at most", 1 / 10, PEER, metrics=["cpu"]),
            Target("the SDK, without checks", "at most", 1 / 40, PEER, metrics=["cpu"]),
        ],
        note=note,
    )


PEER = "the peer, which has no checks"
ROWS = [
    _row(
        "Encoding a RunRequest",
        checked_small,
        unchecked_small,
        peer_small,
        bare_small,
        "With an id and a goal.",
    ),
    _row(
        "Encoding a large RunRequest",
        checked_large,
        unchecked_large,
        peer_large,
        bare_large,
        "With all of its properties, among them free-form context and data.",
    ),
]
