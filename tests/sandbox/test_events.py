"""The stream of events: both formats, from the start and from the middle."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from itertools import islice, pairwise
from urllib.parse import urlsplit

import pytest

from arp_sdk.core import HttpRequest
from arp_sdk.models import RunEvent, RunEventType
from arp_sdk.sandbox import Gate, Sandbox, Say, Wait
from sandbox.exchanges import exchange
from sandbox.runs import ended, run_request
from support.clients import RuntimeClient


def finished(runtime: RuntimeClient, goal: str) -> str:
    run_id = runtime.create_run(run_request(goal)).run_id
    ended(runtime, run_id)
    return run_id


def test_events_of_a_run(runtime: RuntimeClient) -> None:
    run = runtime.create_run(run_request("What is (19*23)?"))

    events = list(runtime.stream_run_events(run.run_id))

    assert [event.seq for event in events] == list(range(7))
    assert {event.run_id for event in events} == {run.run_id}
    assert [event.type.value for event in events] == [
        *("step", "tool_call", "tool_result"),
        *("token", "token", "token", "final"),
    ]
    assert all(one.time <= other.time for one, other in pairwise(events))
    assert [event.data for event in events][1:3] == [
        {
            "invocation_id": f"{run.run_id}-1",
            "tool_name": "calc",
            "args": {"expression": "19*23"},
        },
        {
            "invocation_id": f"{run.run_id}-1",
            "tool_name": "calc",
            "ok": True,
            "result": {"expression": "19*23", "value": 437.0},
            "duration_ms": 0,
        },
    ]
    assert [event.data for event in events][3:] == [
        {"text": "19*23"},
        {"text": " ="},
        {"text": " 437.0"},
        {"state": "succeeded", "output": {"final_text": "19*23 = 437.0"}},
    ]


def test_events_of_a_failed_run(runtime: RuntimeClient) -> None:
    run_id = finished(runtime, "what is love")

    *_, error, final = runtime.stream_run_events(run_id)

    assert error.type is RunEventType.ERROR and error.data is not None
    assert error.data["error"]["code"] == "flow.failed"
    assert final.data == {"state": "failed"}


def test_events_arrive_as_they_happen(box: Sandbox, runtime: RuntimeClient) -> None:
    gate = Gate()
    box.script("in two parts", steps=[Say("one"), Wait(gate), Say("two")])
    run = runtime.create_run(run_request("in two parts"))

    with runtime.stream_run_events(run.run_id) as stream:
        first = next(stream)
        assert runtime.get_run_status(run.run_id).state == "running"
        gate.open()
        rest = list(stream)

    assert first.data == {"text": "one"}
    assert next(event.data for event in rest) == {"text": "two"}


def test_the_end_is_seen_with_the_status(runtime: RuntimeClient) -> None:
    for _ in range(20):
        run = runtime.create_run(run_request("hello"))
        with runtime.stream_run_events(run.run_id) as stream:
            for event in stream:
                if event.type is RunEventType.FINAL:
                    assert runtime.get_run_status(run.run_id).state == "succeeded"


def test_many_followers_see_the_same(box: Sandbox, runtime: RuntimeClient) -> None:
    gate = Gate()
    box.script("watched", steps=[Say("a b c"), Wait(gate), Say("d")])
    run = runtime.create_run(run_request("watched"))
    streams = [runtime.stream_run_events(run.run_id) for _ in range(10)]
    heads = [list(islice(stream, 2)) for stream in streams]
    gate.open()

    seen = [head + list(stream) for head, stream in zip(heads, streams, strict=True)]

    assert all(events == seen[0] for events in seen)
    assert seen[0] == list(runtime.stream_run_events(run.run_id))


def test_wire_form_of_server_sent_events(box: Sandbox, runtime: RuntimeClient) -> None:
    run_id = finished(runtime, "hello")

    response = exchange("GET", f"{box.runtime_url}/v1/runs/{run_id}/events")

    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    blocks = response.body.decode().split("\n\n")
    assert blocks.pop() == ""
    for seq, block in enumerate(blocks):
        id_line, event_line, data_line = block.split("\n")
        event = RunEvent.from_json(data_line.removeprefix("data: "))
        event.validate()
        assert (id_line, event_line) == (f"id: {seq}", f"event: {event.type}")


@pytest.mark.parametrize(
    ("last", "first"), [("0", 1), ("5", 6), ("6", None), ("-1", 0), ("x", 0), ("9" * 5000, 0)]
)
def test_resume(box: Sandbox, runtime: RuntimeClient, last: str, first: int | None) -> None:
    run_id = finished(runtime, "What is (19*23)?")
    url = f"{box.runtime_url}/v1/runs/{run_id}/events"
    headers = {"Last-Event-ID": last, "Accept": "application/x-ndjson"}

    lines = exchange("GET", url, headers=headers).body.splitlines()

    expected = [] if first is None else list(range(first, 7))
    assert [json.loads(line)["seq"] for line in lines] == expected


def test_resume_while_it_goes_on(box: Sandbox) -> None:
    gate = Gate()
    box.script("broken off", steps=[Say("a b"), Wait(gate), Say("c")])

    def resume(request: HttpRequest) -> None:
        if seen:
            request.headers["Last-Event-ID"] = seen[-1]

    seen: list[str] = []
    with RuntimeClient(box.runtime_url, on_request=resume) as runtime:
        run = runtime.create_run(run_request("broken off"))
        with runtime.stream_run_events(run.run_id) as stream:
            head = list(islice(stream, 2))
            last = stream.last_event_id
        seen.append(last)
        gate.open()
        rest = list(runtime.stream_run_events(run.run_id))

    assert last == "1"
    assert [event.seq for event in head + rest] == [0, 1, 2, 3]


def test_json_lines(box: Sandbox, runtime: RuntimeClient) -> None:
    run_id = finished(runtime, "hello")
    url = f"{box.runtime_url}/v1/runs/{run_id}/events"

    response = exchange("GET", url, headers={"Accept": "application/x-ndjson"})

    assert response.headers["content-type"] == "application/x-ndjson"
    events = [RunEvent.from_json(line) for line in response.body.splitlines()]
    assert events == list(runtime.stream_run_events(run_id))


def test_neither_format(box: Sandbox, runtime: RuntimeClient) -> None:
    run_id = finished(runtime, "hello")
    url = f"{box.runtime_url}/v1/runs/{run_id}/events"

    response = exchange("GET", url, headers={"Accept": "application/json"})

    assert (response.status, response.code) == (406, "not_acceptable")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ({}, "text/event-stream"),
        ({"Accept": ""}, "text/event-stream"),
        ({"Accept": "*/*"}, "text/event-stream"),
        ({"Accept": "text/*;q=0.5, application/json"}, "text/event-stream"),
        ({"Accept": "application/json, Application/X-NDJSON ; q=1"}, "application/x-ndjson"),
        ({"Accept": "application/*"}, "application/x-ndjson"),
        ({"Accept": "image/png"}, None),
    ],
)
def test_negotiation(
    box: Sandbox, runtime: RuntimeClient, accept: dict[str, str], chosen: str | None
) -> None:
    run_id = finished(runtime, "hello")
    url = f"{box.runtime_url}/v1/runs/{run_id}/events"

    response = exchange("GET", url, headers=accept)

    if chosen is None:
        assert (response.status, response.code) == (406, "not_acceptable")
    else:
        assert response.headers["content-type"].partition(";")[0] == chosen


def test_client_that_goes_away(box: Sandbox, runtime: RuntimeClient) -> None:
    gate = Gate()
    box.script("left alone", steps=[Say("one"), Wait(gate)])
    run = runtime.create_run(run_request("left alone"))
    place = urlsplit(box.runtime_url)
    for _ in range(20):
        connection = HTTPConnection(place.hostname or "", place.port)
        connection.request("GET", f"/v1/runs/{run.run_id}/events")
        connection.getresponse().read(5)
        connection.close()
    gate.open()

    assert ended(runtime, run.run_id).state == "succeeded"


def test_an_id_beyond_the_end_holds_nobody_up(box: Sandbox, runtime: RuntimeClient) -> None:
    gate = Gate()
    box.script("wait for me", steps=[Wait(gate)])
    run = runtime.create_run(run_request("wait for me"))

    def pretend(request: HttpRequest) -> None:
        request.headers["Last-Event-ID"] = "99"

    with runtime.with_options(on_request=pretend).stream_run_events(run.run_id):
        assert runtime.health().status == "ok"
        gate.open()
        assert runtime.wait_for_run(run.run_id, timeout=10).state == "succeeded"
