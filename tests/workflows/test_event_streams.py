"""A stream delivers each event once, in order, and across broken connections."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from arp_sdk.core import Gap, Retries
from arp_sdk.errors import (
    ArpApiError,
    ArpConnectionError,
    ArpDecodeError,
    ArpResponseTooLargeError,
    ArpRunFailed,
    ArpTimeoutError,
)
from arp_sdk.models import RunEventType
from support.clients import FAST, RuntimeClient
from support.events import EVENT_STREAM, event, sse
from support.server import Received, Reply, Server, error_reply, json_reply
from support.wire import eventually

SHARED = pytest.mark.threads_only("the code is shared")
NDJSON = {"Content-Type": "application/x-ndjson"}


def stream(pieces: Iterable[bytes], ends: bool = True, **headers: str) -> Reply:
    return Reply(200, headers={**EVENT_STREAM, **headers}, pieces=pieces, ends=ends)


def numbers(runtime: RuntimeClient, **options: Any) -> list[int]:
    return [found.seq for found in runtime.stream_run_events("r", **options)]


def test_events_are_typed(server: Server) -> None:
    server.plan(stream([sse(0, "token"), sse(1), sse(2, "final")]))
    with RuntimeClient(server.url) as runtime:
        events = list(runtime.stream_run_events("r"))
    assert [found.type for found in events] == ["token", "step", "final"]
    assert events[1].type is RunEventType.STEP
    assert server.last.headers["Accept"].startswith("text/event-stream")
    assert server.last.headers["Accept-Encoding"] == "identity"


def test_json_lines_are_read_as_events(server: Server) -> None:
    lines = [json.dumps(event(0)).encode() + b"\n", json.dumps(event(1, "final")).encode()]
    server.plan(Reply(200, headers=NDJSON, pieces=lines))
    with RuntimeClient(server.url) as runtime:
        assert numbers(runtime) == [0, 1]


def test_an_event_arrives_before_the_next_is_sent(server: Server) -> None:
    seen = threading.Event()

    def pieces() -> Iterator[bytes]:
        yield sse(0)
        assert seen.wait(30)
        yield sse(1, "final")

    server.plan(stream(pieces()))
    with RuntimeClient(server.url) as runtime, runtime.stream_run_events("r") as events:
        assert next(events).seq == 0
        seen.set()
        assert next(events).seq == 1


@pytest.mark.parametrize("ends", [True, False])
def test_a_dropped_stream_resumes_after_the_last_event(server: Server, ends: bool) -> None:
    server.plan(
        stream([sse(0), sse(1)], ends),
        stream([sse(2)], ends),
        stream([sse(3, "final")]),
    )
    with RuntimeClient(server.url, retries=FAST) as runtime:
        assert numbers(runtime) == [0, 1, 2, 3]
    ids = [request.headers.get("Last-Event-ID") for request in server.requests]
    assert ids == [None, "1", "2"]


@SHARED
def test_a_break_in_the_middle_of_an_event_loses_nothing(server: Server) -> None:
    whole = sse(1)
    for cut in (1, 10, len(whole) - 1):
        server.plan(stream([sse(0), whole[:cut]], False), stream([sse(1), sse(2, "final")]))
        with RuntimeClient(server.url, retries=FAST) as runtime:
            assert numbers(runtime) == [0, 1, 2]


@SHARED
def test_an_event_that_is_sent_twice_is_delivered_once(server: Server) -> None:
    server.plan(stream([sse(0), sse(1)], False), stream([sse(0), sse(1), sse(1), sse(2, "final")]))
    with RuntimeClient(server.url, retries=FAST) as runtime:
        assert numbers(runtime) == [0, 1, 2]


def test_a_gap_is_reported(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.plan(stream([sse(0), sse(1), sse(5), sse(6, "final")]))
    with RuntimeClient(server.url) as runtime, runtime.stream_run_events("r") as events:
        assert [found.seq for found in events] == [0, 1, 5, 6]
        assert events.gaps == (Gap(after=1, before=5),)
    assert "events 2 to 4 are missing" in caplog.text


def test_the_last_event_ends_the_stream(server: Server) -> None:
    server.plan(stream([sse(0, "final")], False))
    with RuntimeClient(server.url, retries=FAST) as runtime:
        assert numbers(runtime) == [0]
    assert len(server.requests) == 1


def test_a_stream_that_closes_without_a_last_event_is_reopened_a_few_times(
    server: Server,
) -> None:
    server.plan(stream([sse(0)]), stream([]))
    with RuntimeClient(server.url, retries=FAST) as runtime:
        assert numbers(runtime) == [0]
    assert len(server.requests) == 1 + FAST.limit


def test_204_ends_the_stream(server: Server) -> None:
    server.plan(stream([sse(0)]), Reply(204))
    with RuntimeClient(server.url, retries=FAST) as runtime:
        assert numbers(runtime) == [0]
    assert len(server.requests) == 2


def test_a_stream_that_breaks_without_progress_is_an_error(server: Server) -> None:
    server.plan(stream([sse(0)], False), stream([], False))
    with RuntimeClient(server.url, retries=FAST) as runtime:
        events = runtime.stream_run_events("r")
        assert next(events).seq == 0
        with pytest.raises(ArpConnectionError, match="in the middle"):
            next(events)
        with pytest.raises(StopIteration):
            next(events)
    assert len(server.requests) == 1 + FAST.limit


@SHARED
def test_a_stream_that_cannot_be_resumed_is_an_error(server: Server) -> None:
    server.plan(stream([sse(0)], False), error_reply(410))
    with RuntimeClient(server.url, retries=FAST) as runtime:
        events = runtime.stream_run_events("r")
        assert next(events).seq == 0
        with pytest.raises(ArpApiError, match=r"\[410\]"):
            next(events)
    assert len(server.requests) == 2


def test_a_stream_that_makes_progress_may_break_any_number_of_times(server: Server) -> None:
    server.plan(*(stream([sse(n)], False) for n in range(10)), stream([sse(10, "final")]))
    with RuntimeClient(server.url, retries=FAST) as runtime:
        assert numbers(runtime) == list(range(11))


def test_a_silent_stream_ends_at_the_idle_timeout(server: Server) -> None:
    over = threading.Event()

    def silent() -> Iterator[bytes]:
        yield sse(0)
        over.wait(30)

    server.plan(lambda _: stream(silent()))
    retries = Retries(limit=1, backoff=0.001)
    with RuntimeClient(server.url, timeout=30, retries=retries) as runtime:
        events = runtime.stream_run_events("r", idle_timeout=0.1)
        assert next(events).seq == 0
        with pytest.raises(ArpTimeoutError):
            next(events)
    over.set()
    assert len(server.requests) == 2


def test_the_deadline_of_a_call_does_not_end_its_stream(server: Server) -> None:
    def slow() -> Iterator[bytes]:
        yield sse(0)
        time.sleep(1)
        yield sse(1, "final")

    server.plan(stream(slow()))
    with RuntimeClient(server.url, deadline=0.9, retries=0) as runtime:
        assert numbers(runtime) == [0, 1]


@SHARED
def test_an_error_event_is_an_event(server: Server) -> None:
    server.plan(stream([sse(0, "token"), sse(1, "error"), sse(2, "final")]))
    with RuntimeClient(server.url) as runtime:
        kinds = [found.type for found in runtime.stream_run_events("r")]
    assert kinds == [RunEventType.TOKEN, RunEventType.ERROR, RunEventType.FINAL]


@SHARED
def test_an_error_envelope_in_the_stream_is_raised(server: Server) -> None:
    envelope = json.dumps({"error": {"code": "broken", "message": "the runtime gave up"}})
    server.plan(stream([sse(0), f"event: error\ndata: {envelope}\n\n".encode()]))
    with RuntimeClient(server.url) as runtime:
        events = runtime.stream_run_events("r")
        assert next(events).seq == 0
        with pytest.raises(ArpApiError, match="broken: the runtime gave up"):
            next(events)


@SHARED
@pytest.mark.parametrize("data", ["{", "[]", '{"run_id": "r"}', "hello", '{"error": {}}'])
def test_a_malformed_event_is_an_error_and_the_stream_continues(server: Server, data: str) -> None:
    server.plan(stream([sse(0), f"data: {data}\n\n".encode(), sse(1, "final")]))
    with RuntimeClient(server.url) as runtime:
        events = runtime.stream_run_events("r")
        assert next(events).seq == 0
        with pytest.raises(ArpDecodeError) as caught:
            next(events)
        assert caught.value.raw == data.encode()
        assert next(events).seq == 1


def test_the_size_of_an_event_is_bounded(server: Server) -> None:
    server.plan(stream(b"data:" + b"x" * 10_000 for _ in range(100)))
    with RuntimeClient(server.url, max_response_bytes=100_000) as runtime:
        with pytest.raises(ArpResponseTooLargeError):
            next(runtime.stream_run_events("r"))


@pytest.mark.parametrize("status", [404, 409, 501])
def test_an_error_instead_of_a_stream_is_raised_at_once(server: Server, status: int) -> None:
    server.plan(error_reply(status))
    with RuntimeClient(server.url) as runtime, pytest.raises(ArpApiError) as caught:
        runtime.stream_run_events("r")
    assert caught.value.status_code == status


def test_a_response_that_is_not_a_stream_is_a_decode_error(server: Server) -> None:
    server.plan(Reply(200, b"<html>", {"Content-Type": "text/html"}))
    with RuntimeClient(server.url) as runtime:
        with pytest.raises(ArpDecodeError, match="text/html, not a stream") as caught:
            runtime.stream_run_events("r")
    assert caught.value.raw == b"<html>"


def endless() -> Iterator[bytes]:
    for number in range(10**9):
        yield sse(number)
        time.sleep(0.001)


def closed(server: Server) -> bool:
    return eventually(lambda: server.open == 0)


def test_closing_a_stream_closes_the_connection(server: Server) -> None:
    server.plan(stream(endless()))
    with RuntimeClient(server.url) as runtime:
        with runtime.stream_run_events("r") as events:
            assert next(events).seq == 0
        assert closed(server), "the server still sends"
        with pytest.raises(StopIteration):
            next(events)


def test_closing_a_stream_wakes_a_thread_that_waits_for_it(server: Server) -> None:
    quiet = threading.Event()

    def silent() -> Iterator[bytes]:
        yield sse(0)
        quiet.wait(30)

    server.plan(stream(silent()))
    seen: list[int] = []
    with RuntimeClient(server.url, timeout=60, retries=FAST) as runtime:
        events = runtime.stream_run_events("r")
        reader = threading.Thread(target=lambda: seen.extend(each.seq for each in events))
        reader.start()
        assert eventually(lambda: seen)
        time.sleep(0.05)  # until the thread waits for the next event
        events.close()
        reader.join(30)
        assert not reader.is_alive()
    quiet.set()
    assert len(server.requests) == 1


def test_leaving_a_stream_closes_the_connection(server: Server) -> None:
    server.plan(stream(endless()))
    with RuntimeClient(server.url) as runtime:
        for _ in runtime.stream_run_events("r"):
            break
        assert closed(server), "the server still sends"


def follow_server(request: Received) -> Reply:
    if request.target.endswith("/events"):
        return stream([sse(0), sse(1, "final")])
    if request.target.endswith("/result"):
        return json_reply({"run_id": "r", "ok": True, "output": {"a": 1}})
    return json_reply({"run_id": "r", "state": "succeeded"})


def test_follow_ends_with_the_result(server: Server) -> None:
    server.plan(follow_server)
    with RuntimeClient(server.url) as runtime, runtime.follow("r") as run:
        assert run.has_events
        assert [found.seq for found in run] == [0, 1]
        assert run.result().output == {"a": 1}


@pytest.mark.parametrize("status", [404, 405, 501])
def test_without_events_follow_polls_the_status(server: Server, status: int) -> None:
    states = iter(["running", "failed"])

    def respond(request: Received) -> Reply:
        if request.target.endswith("/events"):
            return error_reply(status)
        if request.target.endswith("/result"):
            return json_reply({"run_id": "r", "ok": False})
        return json_reply({"run_id": "r", "state": next(states, "failed")})

    server.plan(respond)
    with RuntimeClient(server.url) as runtime:
        run = runtime.follow("r")
        assert not run.has_events
        assert list(run) == []
        with pytest.raises(ArpRunFailed):
            run.result()
        assert not run.result(check=False).ok
