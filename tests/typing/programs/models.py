"""Models made, read, written and taken apart."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timedelta, timezone
from typing import Any

from typing_extensions import assert_type

from arp_sdk.models import (
    EndpointLocator,
    ErrorCause,
    Extensions,
    Metadata,
    Pagination,
    RunListResponse,
    RunRequest,
    RunRequestInput,
    RunRequestLimits,
    RunState,
    RunStatus,
    TraceEvent,
    TraceIndex,
    TraceLevel,
)
from arp_sdk.schema import Model

FINAL = {RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELED}


def conversions(text: str) -> RunStatus:
    from_json = RunStatus.from_json(text)
    assert_type(from_json, RunStatus)
    from_dict = RunStatus.from_dict(json.loads(text))
    assert_type(from_dict, RunStatus)
    assert_type(from_dict.to_dict(), dict[str, Any])
    assert_type(from_dict.to_json(), str)
    from_dict.validate()
    assert from_json == from_dict
    return copy.deepcopy(from_json)


def sizes(models: list[Model]) -> list[int]:
    return [len(model.to_json()) for model in models]


def change(request: RunRequest) -> RunRequest:
    request.run_id = "run-2"
    request.limits = RunRequestLimits(max_steps=2)
    request.limits.max_tokens = 10
    request.input.context = {"language": "en"}
    request.metadata = None
    return request


def is_over(run: RunStatus) -> bool:
    assert_type(run.state, RunState)
    assert_type(run.state.is_known, bool)
    text = str(run.state)
    return text == "done" or run.state in FINAL or run.state == RunState.FAILED


def by_its_string(run: RunStatus) -> bool:
    return run.state.upper() == "FAILED" or RunState("failed") is run.state


def advice(run: RunStatus) -> str:
    match run.state:
        case RunState.QUEUED | RunState.RUNNING:
            return "wait"
        case RunState.SUCCEEDED:
            return "fetch the result"
        case RunState.FAILED | RunState.CANCELED:
            return "start over"
        case _:
            return f"unknown state: {run.state}"


def duration(run: RunStatus) -> timedelta | None:
    assert_type(run.started_at, datetime | None)
    if run.started_at is None or run.ended_at is None:
        return None
    return run.ended_at - run.started_at


def label(request: RunRequest, name: str) -> str:
    if request.metadata is None or request.metadata.labels is None:
        return ""
    return request.metadata.labels.get(name, "")


def headline(event: TraceEvent) -> str:
    match event:
        case TraceEvent(level=TraceLevel.ERROR, type=kind):
            assert_type(kind, str)
            return f"{kind} failed"
        case TraceEvent(seq=0, time=time):
            assert_type(time, datetime)
            return f"begun at {time}"
        case _:
            return event.type


address: EndpointLocator = "http://127.0.0.1:8000"
additions: Extensions = {"com.example.tier": ["any", {"json": True}]}
request = RunRequest(input=RunRequestInput(goal="Sum up"), extensions=additions)
page = RunListResponse(
    runs=[
        RunStatus(run_id="run-1", state=RunState.QUEUED, started_at=datetime.now(tz=timezone.utc))
    ],
    pagination=Pagination(next_page_token="next"),
)
sizes([change(request), page, ErrorCause(message="x"), Metadata(), TraceIndex()])
