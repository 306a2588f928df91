"""A run is awaited by its events, and by polls where these are of no use."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from arp_sdk.errors import ArpWaitTimeoutError
from arp_sdk.models import RunState
from support.clients import FAST, DaemonClient, RuntimeClient
from support.events import EVENT_STREAM, sse
from support.server import (
    HANG_UP,
    RESET,
    SILENCE,
    Act,
    Received,
    Reply,
    Response,
    Server,
    error_reply,
    json_reply,
)

RESULT = json_reply({"run_id": "r", "ok": True, "output": {"text": "done"}})


def stream(*pieces: bytes, ends: bool = True) -> Reply:
    return Reply(200, headers=EVENT_STREAM, pieces=pieces, ends=ends)


class Run:
    """A run that ends after some looks at its status, with streams for its events.

    A daemon names its own server as the runtime that has the run.

    Attributes:
        looks: Number of looks that still find it running.
        streams: The responses to requests for its events; the last one is repeated.
    """

    def __init__(self, looks: int, *streams: Response) -> None:
        self.looks = looks
        self.streams = list(streams)

    def __call__(self, request: Received) -> Response:
        if request.target.endswith("/events"):
            return self.streams.pop(0) if len(self.streams) > 1 else self.streams[0]
        if request.target.endswith("/result"):
            return RESULT
        run = {"run_id": "r", "runtime_instance_id": "i"}
        if request.target == "/v1/instances":
            url = f"http://{request.headers['Host']}"
            instance = {"instance_id": "i", "state": "busy", "runtime_api_endpoint": url}
            return json_reply({"instances": [instance]})
        if request.method == "POST":
            return json_reply({**run, "state": "queued"}, 202)
        self.looks -= 1
        return json_reply({**run, "state": "succeeded" if self.looks < 0 else "running"})


def silence(*pieces: bytes) -> Reply:
    """A stream that is open and says no more."""

    def parts() -> Iterator[bytes]:
        yield from pieces

    return Reply(200, headers={**EVENT_STREAM, "Content-Length": "100000"}, body=b"".join(parts()))


def test_four_requests_are_enough(server: Server) -> None:
    server.plan(Run(0, stream(sse(0), sse(1), sse(2, "final"))))
    with RuntimeClient(server.url) as runtime:
        assert runtime.run("hello", timeout=60).ok
    assert [request.target for request in server.requests] == [
        "/v1/runs",
        "/v1/runs/r/events",
        "/v1/runs/r",
        "/v1/runs/r/result",
    ]


def test_a_run_that_ended_at_once_is_not_awaited(server: Server) -> None:
    server.plan(json_reply({"run_id": "r", "state": "succeeded"}), RESULT)
    with RuntimeClient(server.url) as runtime:
        assert runtime.run("hello").ok
    assert len(server.requests) == 2


def heartbeats() -> Iterator[bytes]:
    """Send comments until the client has gone."""
    for number in itertools.count():
        yield b": %d\n\n" % number
        time.sleep(0.02)


def steps() -> Iterator[bytes]:
    """Send events until the client has gone."""
    for number in itertools.count():
        yield sse(number)
        time.sleep(0.02)


BROKEN = {
    "no events": [error_reply(501)],
    "no such route": [error_reply(404)],
    "no right": [error_reply(403)],
    "another type": [json_reply({"events": []})],
    "a web page": [Reply(200, b"<html>", {"Content-Type": "text/html"})],
    "an early end": [stream(sse(0))],
    "no event at all": [stream()],
    "a drop": [stream(sse(0), ends=False), stream(sse(1), ends=False)],
    "garbage": [stream(sse(0), b"data: {{{\n\n", sse(2, "final"))],
    "events of another run": [stream(sse(0, run_id="x"), sse(1, "final", run_id="x"))],
    "a reset": [Act(lambda wire: wire.reset())],
    "an event that is too long": [stream(b"data: " + b"x" * 300_000)],
    "heartbeats alone": [Reply(headers=EVENT_STREAM, pieces=heartbeats())],
    "events without an end": [Reply(headers=EVENT_STREAM, pieces=steps())],
    "a redirect elsewhere": [Reply(307, b"", {"Location": "http://127.0.0.2:9/v1/runs/r/events"})],
}


@pytest.fixture
def short_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arp_sdk.core._workflows.events.LOOK_INTERVAL", 0.1)


@pytest.mark.usefixtures("short_looks")
@pytest.mark.parametrize("service", [RuntimeClient, DaemonClient])
@pytest.mark.parametrize("streams", BROKEN.values(), ids=BROKEN)
def test_the_status_decides_whatever_the_stream_does(
    server: Server, service: Any, streams: list[Any]
) -> None:
    server.plan(Run(2, *streams))
    seen: list[str] = []
    with service(server.url, retries=1, max_response_bytes=200_000) as client:
        waits: dict[str, Any] = {"timeout": 60, "wait": "events"}
        assert client.run("hello", on_event=lambda event: seen.append(event.run_id), **waits).ok
        assert client.wait_for_run("r", **waits).state is RunState.SUCCEEDED
    assert set(seen) <= {"r"}
    assert any(target.endswith("/events") for target in server.targets)


@pytest.mark.parametrize(
    "opened",
    [
        pytest.param(silence(), id="silent", marks=pytest.mark.full),
        pytest.param(silence(sse(0)), id="one event"),
        pytest.param(SILENCE, id="no head", marks=pytest.mark.full),
    ],
)
def test_silence_ends_with_the_timeout(server: Server, opened: Response) -> None:
    server.plan(Run(1_000_000, opened))
    with RuntimeClient(server.url) as runtime:
        with pytest.raises(ArpWaitTimeoutError) as caught:
            runtime.run("hello", timeout=0.5)
        assert caught.value.last is None or caught.value.last.state is RunState.QUEUED


def test_silence_is_given_up_for_polls(server: Server) -> None:
    server.plan(Run(1, silence(sse(0))))
    with RuntimeClient(server.url, timeout=(5, 0.2), retries=0) as runtime:
        assert runtime.run("hello", timeout=60).ok


def test_a_service_without_events_is_asked_once(server: Server) -> None:
    server.plan(Run(5, error_reply(501)))
    with RuntimeClient(server.url) as runtime:
        for _ in range(3):
            assert runtime.run("hello", timeout=60).ok
    assert [each.target for each in server.requests].count("/v1/runs/r/events") == 1


def test_updates(server: Server) -> None:
    server.plan(Run(1, stream(sse(0), sse(1), sse(2, "final"))))
    seen: list[str] = []
    with RuntimeClient(server.url) as runtime:
        runtime.run("hello", on_update=lambda status: seen.append(str(status.state)))
    assert seen == ["queued", "running", "succeeded"]


@pytest.mark.parametrize("opened", [RESET, HANG_UP], ids=["reset", "hang up"])
def test_a_stream_that_cannot_be_opened_is_given_up_for_polls(
    server: Server, opened: Response
) -> None:
    server.plan(Run(12, opened))
    with RuntimeClient(server.url, retries=FAST) as runtime:
        assert runtime.run("hello", timeout=60).ok
    tried = [target for target in server.targets if target.endswith("/events")]
    assert len(tried) == 1 + FAST.limit


def test_streams_whose_head_comes_late_do_not_hold_up_others(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arp_sdk.core.aio._client.MOST_IN_FLIGHT", 2)
    all_asked = threading.Barrier(6, timeout=30)

    def respond(request: Received) -> Response:
        if request.method == "POST":
            return json_reply({"run_id": request.json["run_id"], "state": "running"}, 202)
        run_id = request.target.split("/")[3]
        if request.target.endswith("/events"):
            all_asked.wait()
            return stream(sse(0, "final", run_id))
        if request.target.endswith("/result"):
            return json_reply({"run_id": run_id, "ok": True})
        return json_reply({"run_id": run_id, "state": "succeeded"})

    server.plan(respond)
    with RuntimeClient(server.url) as runtime:
        outcomes = list(runtime.run_many(["hello"] * 6, max_concurrency=6))
    assert [outcome.error for outcome in outcomes] == [None] * 6
