"""Streamed responses on real sockets: events, heartbeats, back-pressure, and how they end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import wraps
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from typing import Any
from urllib.parse import urlsplit

import pytest

from arp_sdk.core import ServerSentEvent
from arp_sdk.models import RunEvent, RunEventType
from arp_sdk.runtime import RuntimeClient
from arp_sdk.runtime.server import RuntimeService
from arp_sdk.server import App, Event, EventLog, app
from sandbox.exchanges import exchange
from sandbox.runs import eventually
from server.services import Runtime, Served, event, served


@pytest.fixture
def runtime() -> Runtime:
    made = Runtime()
    made.logs["r"] = EventLog([event("r", 0), event("r", 1)])
    return made


@pytest.fixture
def application(runtime: Runtime) -> App:
    return app(runtime, auth=None, heartbeat_seconds=0.05)


@pytest.fixture
def server(application: App) -> Iterator[Served]:
    with served(application) as running:
        yield running


@contextmanager
def opened(server: Served, run_id: str = "r", **headers: str) -> Iterator[HTTPResponse]:
    place = urlsplit(server.url)
    connection = HTTPConnection(place.hostname or "", place.port, timeout=30)
    try:
        connection.request("GET", f"/v1/runs/{run_id}/events", headers=headers)
        with connection.getresponse() as response:
            yield response
    finally:
        connection.close()


def lines(response: HTTPResponse, count: int) -> list[bytes]:
    """Read lines, without heartbeats and the empty ones after events."""
    found: list[bytes] = []
    while len(found) < count:
        line = response.readline()
        if line.strip() not in (b"", b":"):
            found.append(line)
    return found


def test_events_have_ids_and_types(server: Served) -> None:
    with opened(server) as response:
        found = lines(response, 6)

    assert [line for line in found if not line.startswith(b"data: ")] == [
        b"id: 0\n", b"event: token\n", b"id: 1\n", b"event: token\n",
    ]  # fmt: skip


def test_a_reader_continues_after_its_last_event(server: Served, runtime: Runtime) -> None:
    headers = {"Last-Event-ID": "0", "Accept": "application/x-ndjson"}
    with opened(server, **headers) as response:
        (line,) = lines(response, 1)
        server.call(runtime.logs["r"].append, event("r", 2))
        (other,) = lines(response, 1)

    assert [RunEvent.from_json(each).seq for each in (line, other)] == [1, 2]


def test_an_error_before_the_first_event_is_a_response(server: Served) -> None:
    response = exchange("GET", f"{server.url}/v1/runs/unknown/events")

    assert (response.status, response.code) == (409, "run_unknown")


def decorated(function: Any) -> Any:
    return wraps(function)(lambda *args, **keywords: function(*args, **keywords))


def test_so_of_a_decorated_method() -> None:
    class Decorated(Runtime):
        stream_run_events = decorated(Runtime.stream_run_events)

    with served(app(Decorated(), auth=None)) as server:
        response = exchange("GET", f"{server.url}/v1/runs/unknown/events")

    assert (response.status, response.code) == (409, "run_unknown")


@pytest.mark.parametrize(
    ("accept", "heartbeat"), [("text/event-stream", b":\n"), ("application/x-ndjson", b"\n")]
)
def test_heartbeats_fill_a_silence(server: Served, accept: str, heartbeat: bytes) -> None:
    with opened(server, **{"Last-Event-ID": "9", "Accept": accept}) as response:
        assert [response.readline() for _ in range(4)].count(heartbeat) >= 2


def test_our_client_does_not_see_heartbeats(server: Served, runtime: Runtime) -> None:
    with RuntimeClient(server.url) as client, client.stream_run_events("r") as stream:
        seen = [next(stream).seq, next(stream).seq]
        with opened(server, **{"Last-Event-ID": "9"}) as other:
            lines_of_silence = [other.readline() for _ in range(4)]
        assert lines_of_silence == [b":\n"] * 4
        server.call(runtime.logs["r"].close, [event("r", 2, RunEventType.FINAL)])
        seen += [each.seq for each in stream]

    assert seen == [0, 1, 2]


def test_a_stalled_reader_stops_its_own_stream_only(server: Served, runtime: Runtime) -> None:
    place = urlsplit(server.url)
    with socket.socket() as stalled:
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        stalled.connect((place.hostname, place.port))
        stalled.sendall(b"GET /v1/runs/endless/events HTTP/1.1\r\nHost: x\r\n\r\n")
        produced = [-1, 0]
        # It has stalled when nothing is produced while others are served.
        while produced[-1] != produced[-2]:
            for _ in range(50):
                assert exchange("GET", f"{server.url}/v1/health").status == 200
            produced.append(getattr(runtime, "produced", 0) or -len(produced))
        assert produced[-1] * 10_000 < 32 * 1024 * 1024


def test_a_client_that_leaves_ends_its_stream(server: Served, runtime: Runtime) -> None:
    with opened(server) as response:
        lines(response, 6)

    assert eventually(lambda: runtime.ended, ["r"])


def test_a_client_that_leaves_ends_its_call(server: Served, runtime: Runtime) -> None:
    place = urlsplit(server.url)
    connection = HTTPConnection(place.hostname or "", place.port)
    connection.request("GET", "/v1/runs/slow")
    runtime.waiting.wait()
    connection.close()

    assert eventually(lambda: runtime.ended, ["slow"])
    assert exchange("GET", f"{server.url}/v1/health").status == 200


def test_stop_ends_streams_whole(server: Served, application: App, runtime: Runtime) -> None:
    with opened(server) as response:
        lines(response, 6)

        server.call(application.stop)

        assert response.read().strip(b":\n") == b""  # no IncompleteRead
    assert eventually(lambda: runtime.ended, ["r"])
    refused = exchange("GET", f"{server.url}/v1/runs/r/events")
    assert (refused.status, refused.code, refused.headers["retry-after"]) == (503, "stopping", "1")


class Odd(RuntimeService):
    """A runtime with streams of all other kinds."""

    async def stream_run_events(
        self, run_id: str, *, last_event_id: str | None = None
    ) -> AsyncIterator[RunEvent | Event[RunEvent]]:
        return getattr(self, f"_{run_id}")()  # type: ignore[no-any-return]

    async def _named(self) -> AsyncIterator[Any]:
        yield Event(event("r", 0), id="a\nb", name="n")
        yield Event(event("r", 1))
        yield ServerSentEvent(b"one\ntwo", id="7", event="e")

    async def _failing(self) -> AsyncIterator[Any]:
        yield event("r", 0)
        raise RuntimeError("sesame")

    async def _wrong(self) -> AsyncIterator[Any]:
        yield event("r", 0)
        yield event("r", -1)

    async def _empty(self) -> AsyncIterator[Any]:
        return
        yield


@pytest.fixture
def odd() -> Iterator[Served]:
    with served(app(Odd(), auth=None)) as running:
        yield running


def test_events_may_have_ids_of_the_service(odd: Served) -> None:
    body = exchange("GET", f"{odd.url}/v1/runs/named/events").body

    first, second, third, rest = body.split(b"\n\n")
    assert first.startswith(b"id: a b\nevent: n\ndata: {")
    assert second.startswith(b"data: {")
    assert (third, rest) == (b"id: 7\nevent: e\ndata: one\ndata: two", b"")


def test_an_empty_stream(odd: Served) -> None:
    response = exchange("GET", f"{odd.url}/v1/runs/empty/events")

    assert (response.status, response.body) == (200, b"")


@pytest.mark.parametrize("kind", ["failing", "wrong"])
def test_a_failure_breaks_the_stream_off(
    odd: Served, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(odd, kind) as response, pytest.raises(IncompleteRead) as caught:
        response.read()

    assert caught.value.partial.count(b"data: ") == 1
    assert "Exception in ASGI application" in caplog.text


def test_many_readers_that_come_and_go(
    server: Served, runtime: Runtime, application: App, caplog: pytest.LogCaptureFixture
) -> None:
    """Readers see all events of a run, whatever others do, and heartbeats come in between."""
    runtime.logs["r"] = EventLog()
    counts: list[int] = []

    def read(stays: bool) -> None:
        with opened(server) as response:
            if stays:
                counts.append(response.read().count(b"data: "))

    with ThreadPoolExecutor(60) as pool:
        readers = [pool.submit(read, number % 3 > 0) for number in range(60)]
        for number in range(100):
            server.call(runtime.logs["r"].append, event("r", number))
        server.call(runtime.logs["r"].close)
        for reader in readers:
            reader.result()

    assert counts == [100] * 40
    # The server and this call are left.
    assert eventually(lambda: len(server.call(asyncio.all_tasks)), 2)
    assert caplog.text == ""
