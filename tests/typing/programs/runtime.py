"""Every method of the runtime's client, as a program uses them."""

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

from arp_sdk.core import EventStream, RawResponse
from arp_sdk.models import (
    Health,
    RunEvent,
    RunEventType,
    RunRequest,
    RunRequestInput,
    RunResult,
    RunStatus,
    VersionInfo,
)
from arp_sdk.runtime import RawRuntimeClient, RuntimeClient


def run(client: RuntimeClient) -> RunResult:
    status = client.create_run(RunRequest(input=RunRequestInput(goal="Sum up")))
    assert_type(status, RunStatus)
    assert_type(client.get_run_status(run_id=status.run_id), RunStatus)
    result = client.get_run_result(status.run_id)
    assert_type(result, RunResult)
    return result


def cancel(client: RuntimeClient, run_id: str) -> RunStatus:
    status = client.cancel_run(run_id)
    assert_type(status, RunStatus)
    return status


def text(client: RuntimeClient, run_id: str) -> str:
    pieces: list[str] = []
    with client.stream_run_events(run_id) as events:
        assert_type(events, EventStream[RunEvent])
        for event in events:
            assert_type(event, RunEvent)
            assert_type(event.type, RunEventType)
            assert_type(event.data, dict[str, Any] | None)
            if event.type is RunEventType.TOKEN and event.data is not None:
                pieces.append(str(event.data["text"]))
        assert_type(events.last_event_id, str)
    return "".join(pieces)


def first_event(client: RuntimeClient, run_id: str) -> RunEvent | None:
    events = client.stream_run_events(run_id)
    try:
        return next(events, None)
    finally:
        events.close()


def raw(client: RuntimeClient) -> None:
    assert_type(client.raw, RawRuntimeClient)
    request = RunRequest(input=RunRequestInput(goal="Sum up"))
    assert_type(client.raw.health(), RawResponse[Health])
    assert_type(client.raw.version(), RawResponse[VersionInfo])
    assert_type(client.raw.create_run(request), RawResponse[RunStatus])
    assert_type(client.raw.get_run_status("r"), RawResponse[RunStatus])
    assert_type(client.raw.get_run_result("r"), RawResponse[RunResult])
    assert_type(client.raw.cancel_run("r"), RawResponse[RunStatus])


def main() -> None:
    with RuntimeClient("http://127.0.0.1:8001", auth="a token") as client:
        assert_type(client.health(), Health)
        assert_type(client.version(), VersionInfo)
        result = run(client)
        text(client, result.run_id)
        first_event(client, result.run_id)
        cancel(client, result.run_id)
        raw(client)


if __name__ == "__main__":
    main()
