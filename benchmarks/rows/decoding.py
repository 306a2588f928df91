"""A page of 1,000 runs, from bytes to models."""

import json
from collections.abc import Callable
from typing import Any

from harness.row import Row, Subject, Target
from server import page

Work = Callable[[], Any]


def sdk() -> Work:
    from arp_sdk.models import RunListResponse

    data = page(1000)
    return lambda: RunListResponse.from_json(data)


def peer() -> Work:
    from arp_sdk.models import RunListResponse

    data = page(1000)
    return lambda: RunListResponse.from_dict(json.loads(data))


def typed() -> Work:
    from datetime import datetime
    from enum import Enum

    import msgspec

    class State(Enum):
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    class Run(msgspec.Struct):
        run_id: str
        state: State
        started_at: datetime | None = None
        ended_at: datetime | None = None
        runtime_instance_id: str | None = None

    class Runs(msgspec.Struct):
        runs: list[Run]

    data, decoder = page(1000), msgspec.json.Decoder(Runs)
    return lambda: decoder.decode(data)


def untyped() -> Work:
    import msgspec

    data, decoder = page(1000), msgspec.json.Decoder()
    return lambda: decoder.decode(data)


def pydantic() -> Work:
    from datetime import datetime
    from enum import Enum

    from pydantic import BaseModel

    class State(str, Enum):
        SUCCEEDED = "succeeded"

    class Run(BaseModel):
        run_id: str
        state: State
        started_at: datetime | None = None
        ended_at: datetime | None = None
        runtime_instance_id: str | None = None

    class Runs(BaseModel):
        runs: list[Run]

    data = page(1000)
    return lambda: Runs.model_validate_json(data)


def plain_json() -> Work:
    data = page(1000)
    return lambda: json.loads(data)


ROWS = [
    Row(
        "Decoding 1,000 runs",
        "micro",
        [
            Subject("RunListResponse of the SDK", "sdk", sdk),
            Subject("RunListResponse of the peer", "peer", peer),
            Subject("msgspec.json.Decoder of bare structs", "urllib3", typed),
            Subject("msgspec without types", "urllib3", untyped),
            Subject("pydantic", "pydantic", pydantic),
            Subject("json.loads", "bare", plain_json),
        ],
        [
            Target(
                "RunListResponse of the SDK",
                "at most",
                1 / 40,
                "RunListResponse of the peer",
                metrics=["cpu"],
            ),
            Target(
                "RunListResponse of the SDK",
                "at most",
                1.10,
                "msgspec.json.Decoder of bare structs",
                metrics=["cpu"],
            ),
        ],
        note="From bytes to models, or to the values that the library has in their place.",
    )
]
