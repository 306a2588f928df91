"""Responses: statuses, arrays, empty bodies, errors, streams."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from arp_sdk.core import ServerSentEvent
from arp_sdk.errors import ArpApiError, ArpDecodeError, ArpValidationError
from codegen.recording_server import RecordingServer, recording_server

models: Any = import_module("acme.models")
store: Any = import_module("acme.store")
own: Any = import_module("acme.store.models")
depot: Any = import_module("acme.depot_2")
depot_models: Any = import_module("acme.depot_2.models")

ITEM: dict[str, Any] = {"id": "ab", "class": "x", "tags": [], "maybe": None}


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with recording_server() as server:
        yield server


@pytest.fixture
def client(server: RecordingServer) -> Iterator[Any]:
    with store.StoreClient(server.url, retries=0) as client:
        yield client


@pytest.fixture
def other(server: RecordingServer) -> Iterator[Any]:
    with depot.Depot2Client(server.url, retries=0) as client:
        yield client


def test_an_array_at_the_top(server: RecordingServer, client: Any) -> None:
    server.answer(200, json.dumps([ITEM, ITEM]).encode())

    assert client.list_items(limit=1) == [models.Item.from_dict(ITEM)] * 2


def test_each_status_has_its_own_model(server: RecordingServer, client: Any) -> None:
    item = models.Item.from_dict(ITEM)
    server.answer(200, json.dumps(ITEM).encode())
    server.answer(201, b'{"number": 11}')
    server.answer(202)

    assert client.put_item(item) == item
    assert client.put_item(item) == own.Receipt(number=11)
    assert client.put_item(item) is None


def test_statuses_with_unlike_types(server: RecordingServer, other: Any) -> None:
    request = depot_models.MeasureRequest(
        quantity=models.Quantity(amount=1, unit=models.Unit.PIECE), limits=[1, 2]
    )
    server.answer(200, b'[{"slot": 1}]')
    server.answer(201, b'"text"')
    server.answer(201, b"null")

    assert other.measure(request) == [depot_models.Bin(slot=1)]
    assert other.measure(request) == "text"
    assert other.measure(request) is None


def test_a_response_without_a_schema_is_any_json(server: RecordingServer, other: Any) -> None:
    server.answer(200, b'[1, {"a": null}]')
    server.answer(226, b'"x"')

    assert other.raw_() == [1, {"a": None}]
    assert other.raw_() == "x"


def test_a_response_to_head(server: RecordingServer, client: Any) -> None:
    server.answer(200)

    assert client.has_order("o") is None
    assert server.last.method == "HEAD"


def test_an_error_response(server: RecordingServer, client: Any) -> None:
    server.answer(409, b'{"held_by": "me"}')

    with pytest.raises(ArpApiError) as caught:
        client.put_item(models.Item.from_dict(ITEM))

    assert caught.value.status_code == 409
    assert caught.value.raw is not None
    assert own.PutItem409Error.from_json(caught.value.raw) == own.PutItem409Error(held_by="me")


def test_an_error_after_a_byte_order_mark(server: RecordingServer, client: Any) -> None:
    server.answer(409, b'\xef\xbb\xbf{"error": {"code": "busy", "message": "Later."}}')

    with pytest.raises(ArpApiError, match="Later") as caught:
        client.list_items(limit=1)

    assert caught.value.code == "busy"


def test_a_response_that_breaks_the_contract(server: RecordingServer, client: Any) -> None:
    server.answer(200, json.dumps([ITEM, {**ITEM, "tags": 1}]).encode())

    with pytest.raises(ArpDecodeError) as caught:
        client.list_items(limit=1)

    assert caught.value.path == "$[1].tags"


def test_the_complete_response(server: RecordingServer, client: Any) -> None:
    server.answer(201, b'{"number": 12}')

    raw = client.raw.put_item(models.Item.from_dict(ITEM))

    assert (raw.status_code, raw.parsed) == (201, own.Receipt(number=12))


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/event-stream", b'data: {"seq": 1}\n\ndata: {"seq": 2,\ndata: "what": "red"}\n\n'),
        ("application/x-ndjson", b'{"seq": 1}\n{"seq": 2, "what": "red"}\n'),
    ],
)
def test_a_stream_in_either_format(
    server: RecordingServer, client: Any, content_type: str, body: bytes
) -> None:
    server.answer(200, body, content_type)

    with client.watch() as events:
        assert list(events) == [own.Event(seq=1), own.Event(seq=2, what=models.Colour.RED)]

    accepted = server.last.headers["accept"]
    assert accepted.startswith("text/event-stream, application/x-ndjson")


def test_a_stream_is_resumed_after_an_event(server: RecordingServer, client: Any) -> None:
    server.answer(200, b'id: 8\ndata: {"seq": 8}\n\n', "text/event-stream")
    server.answer(200, b"", "text/event-stream")

    with client.watch(last_event_id="7") as events:
        assert events.last_event_id == "7"
        assert next(iter(events)) == own.Event(seq=8)
        assert events.last_event_id == "8"

    assert server.requests[0].headers["last-event-id"] == "7"


def test_an_event_id_that_no_header_can_carry(server: RecordingServer, client: Any) -> None:
    with pytest.raises(ArpValidationError, match="Last-Event-ID"):
        client.watch(last_event_id="7\r\n")

    assert server.requests == []


def test_only_server_sent_events_have_ids(other: Any) -> None:
    assert "last_event_id" not in inspect.signature(other.tail).parameters


def test_a_stream_without_a_declared_item(server: RecordingServer, client: Any) -> None:
    server.answer(200, b"event: e\ndata: d\n\n", "text/event-stream")

    with client.watch_raw() as events:
        assert list(events) == [ServerSentEvent(b"d", "e")]


def test_a_stream_of_a_union(server: RecordingServer, other: Any) -> None:
    server.answer(200, b'{"kind": "round"}\n{"kind": "new"}\n', "application/x-ndjson")

    with other.tail() as shapes:
        assert list(shapes) == [models.Circle(kind="round"), {"kind": "new"}]
