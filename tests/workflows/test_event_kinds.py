"""Events that are not the contract's, and events without data."""

from __future__ import annotations

import json

import pytest

from arp_sdk.errors import ArpDecodeError, ArpResponseTooLargeError
from support.clients import RuntimeClient
from support.server import Reply, Server, json_reply

FINAL = {"run_id": "r", "seq": 2, "type": "final", "time": "2026-01-01T00:00:00Z", "data": {}}
FIRST = {**FINAL, "seq": 1, "type": "step"}


def stream(*blocks: str) -> Reply:
    body = "".join(f"{block}\n\n" for block in blocks).encode()
    return Reply(200, body, {"Content-Type": "text/event-stream"})


def data(event: object) -> str:
    return f"data: {json.dumps(event)}"


@pytest.mark.parametrize(
    "other",
    [
        "data:",
        "id: 7\ndata:",
        "event: ping\ndata: {}",
        'event: ping\ndata: {"type": "ping"}',
        ": x",
    ],
)
def test_events_of_another_kind_are_skipped(server: Server, other: str) -> None:
    server.plan(stream(other, data(FIRST), other, data(FINAL)))
    with RuntimeClient(server.url) as runtime, runtime.stream_run_events("r") as events:
        assert [event.seq for event in events] == [1, 2]
        assert events.complete


def test_an_event_named_after_its_kind_has_to_fit_the_contract(server: Server) -> None:
    server.plan(stream('event: step\ndata: {"type": "step"}', data(FINAL)))
    with RuntimeClient(server.url) as runtime, runtime.stream_run_events("r") as events:
        with pytest.raises(ArpDecodeError):
            next(events)
        assert next(events).seq == 2


def test_an_id_without_data_is_where_the_stream_resumes(server: Server) -> None:
    server.plan(stream("id: a\n" + data(FIRST), "id: b"), stream(data(FINAL)))
    with RuntimeClient(server.url) as runtime, runtime.stream_run_events("r") as events:
        assert [event.seq for event in events] == [1, 2]
    assert server.last.headers["Last-Event-ID"] == "b"


def test_an_id_that_no_server_would_take_is_not_sent(server: Server) -> None:
    server.plan(stream("id: " + "a" * 100_000 + "\n" + data(FIRST)), stream(data(FINAL)))
    with RuntimeClient(server.url) as runtime, runtime.stream_run_events("r") as events:
        assert [event.seq for event in events] == [1, 2]
    assert "Last-Event-ID" not in server.last.headers


def test_empty_data_lines_count_towards_the_limit(server: Server) -> None:
    server.plan(stream("data:\n" * 20_000))
    with RuntimeClient(server.url, max_response_bytes=10_000) as runtime:
        with runtime.stream_run_events("r") as events, pytest.raises(ArpResponseTooLargeError):
            next(events)


def test_a_page_of_html_in_the_middle_of_a_wait_is_ridden_out(server: Server) -> None:
    page = Reply(200, b"<html><body>Please log in</body></html>", {"Content-Type": "text/html"})
    running = json_reply({"run_id": "r", "state": "running"})
    server.plan(running, page, json_reply({"run_id": "r", "state": "succeeded"}))
    with RuntimeClient(server.url, retries=0) as runtime:
        assert runtime.wait_for_run("r").state == "succeeded"


def test_a_replica_that_lags_behind_is_ridden_out(server: Server) -> None:
    missing = json_reply({"error": {"code": "not_found", "message": "no such run"}}, 404)
    server.plan(
        json_reply({"run_id": "r", "state": "queued"}),
        missing,
        json_reply({"run_id": "r", "state": "succeeded"}),
        json_reply({"run_id": "r", "ok": True, "output": {}}),
    )
    with RuntimeClient(server.url, retries=0) as runtime:
        assert runtime.run("hello").ok
