"""Requests on the wire: path, query, headers, body, credentials."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from arp_sdk.core import ApiKey
from arp_sdk.errors import ArpValidationError
from codegen.recording_server import RecordingServer, recording_server

models: Any = import_module("acme.models")
store: Any = import_module("acme.store")
own: Any = import_module("acme.store.models")
depot: Any = import_module("acme.depot_2")
depot_models: Any = import_module("acme.depot_2.models")


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with recording_server() as server:
        yield server


@pytest.fixture
def client(server: RecordingServer) -> Iterator[Any]:
    with store.StoreClient(server.url, auth="t0ken", retries=0) as client:
        yield client


def test_query_parameters(server: RecordingServer, client: Any) -> None:
    server.answer(200, b"[]")
    since = datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc)

    client.list_items(
        limit=3,
        tag=["aa", "b&c"],
        colour=[models.Colour.RED, models.Colour.DARK_BLUE],
        sort=own.ListItemsSort.DESC,
        since=since,
        fresh=True,
        class_="k",
    )

    assert server.last.method == "GET"
    assert server.last.target == (
        "/v1/items?tag=aa&tag=b%26c&colour=red,dark-blue&sort=desc&limit=3"
        "&since=2026-01-02T00%3A00%3A00Z&fresh=true&class=k"
    )


def test_absent_parameters_are_left_out(server: RecordingServer, client: Any) -> None:
    server.answer(200, b"[]")

    client.list_items(limit=1)

    assert server.last.target == "/v1/items?limit=1"
    assert "x-trace" not in server.last.headers
    assert "x-parts" not in server.last.headers


def test_header_parameters_and_credentials(server: RecordingServer, client: Any) -> None:
    server.answer(200, b"[]")

    client.list_items(limit=1, x_trace=own.TraceId.FULL, x_parts=[1, 2])

    assert server.last.headers["x-trace"] == "full"
    assert server.last.headers["x-parts"] == "1,2"
    assert server.last.headers["authorization"] == "Bearer t0ken"


@pytest.mark.parametrize(
    "arguments",
    [
        {"limit": 0},
        {"limit": 51},
        {"limit": None},
        {"limit": 1, "tag": ["x"]},
        {"limit": 1, "tag": ["aa"] * 4},
        {"limit": 1, "sort": "up"},
        {"limit": 1, "since": datetime.datetime(2026, 1, 2)},
        {"limit": 1, "x_parts": ["one"]},
    ],
)
def test_a_bad_parameter_is_not_sent(
    server: RecordingServer, client: Any, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ArpValidationError):
        client.list_items(**arguments)

    assert server.requests == []


def test_a_path_parameter_beside_a_colon(server: RecordingServer, client: Any) -> None:
    server.answer(202, b'{"in": 5}')

    seconds = client.cancel_item("a/b c", own.CancelItemRequest(reason="r"), idempotency_key="k1")

    assert seconds == {"in": 5}
    assert server.last.method == "POST"
    assert server.last.target == "/v1/items/a%2Fb%20c:cancel"
    assert server.last.headers["idempotency-key"] == "k1"
    assert server.last.headers["content-type"] == "application/json"
    assert json.loads(server.last.body) == {"reason": "r"}


def test_an_optional_body_and_a_bounded_path_parameter(
    server: RecordingServer, client: Any
) -> None:
    server.answer(202, b"{}")

    client.cancel_item("x", idempotency_key="k1")

    assert server.last.body == b""
    with pytest.raises(ArpValidationError):
        client.cancel_item("x" * 13, idempotency_key="k1")


def test_path_parameters_stand_in_the_order_of_the_path(
    server: RecordingServer, client: Any
) -> None:
    server.answer(204)

    assert client.delete_items_item_id_shelves_shelf("i", "top") is None
    assert server.last.method == "DELETE"
    assert server.last.target == "/v1/items/i/shelves/top"
    with pytest.raises(ArpValidationError):
        client.delete_items_item_id_shelves_shelf("i", "attic")


def test_an_array_as_the_body(server: RecordingServer, client: Any) -> None:
    server.answer(200, b'{"name": "t"}')
    crate = models.Crate(vat="v", email="e", weight=2)

    assert client.list_([crate]) == models.Branch(name="t")
    assert server.last.method == "PUT"
    assert json.loads(server.last.body) == [{"vat": "v", "email": "e", "weight": 2}]
    with pytest.raises(ArpValidationError):
        client.list_([models.Crate(vat="v", email="e", weight=0)])


def test_a_comma_is_a_delimiter_or_encoded(server: RecordingServer) -> None:
    server.answer(200, b'{"kept": [1]}')

    with depot.Depot2Client(server.url) as client:
        assert client.level(7, prices=[19.99, 0.3], words=["a,b", "c d", "&"]) == {"kept": [1]}
        with pytest.raises(ArpValidationError, match=r"multiple of 0\.01"):
            client.level(7, prices=[0.001])

    assert server.last.target == "/levels/7?prices=19.99,0.3&words=a%2Cb,c+d,%26"


def test_a_union_by_constants(server: RecordingServer) -> None:
    server.answer(200, b'{"kind": "created", "body": {"a": "x"}}')

    with depot.Depot2Client(server.url) as client:
        made = client.change("i", depot_models.Deleted(kind="deleted", body={"b": "y"}))
        with pytest.raises(ArpValidationError):
            client.change("i", depot_models.Deleted(kind="gone"))

    assert made == depot_models.Created(kind="created", body=depot_models.CreatedBody(a="x"))
    assert (server.last.method, len(server.requests)) == ("PATCH", 1)
    assert json.loads(server.last.body) == {"kind": "deleted", "body": {"b": "y"}}


def test_the_effect_key_is_chosen_and_looked_up(server: RecordingServer) -> None:
    with store.StoreClient(server.url, retries=1) as client:
        server.answer(502)
        server.answer(200, b'{"order_id": "o"}')

        order = client.order(own.Order())

    chosen = json.loads(server.requests[0].body)["order_id"]
    assert order == own.Order(order_id="o")
    assert server.requests[1].method == "GET"
    assert server.requests[1].target == f"/v1/orders/{chosen}"


def test_another_services_credentials_and_paths(server: RecordingServer) -> None:
    server.answer(200, b'{"id": "ab", "class": "x", "tags": [], "maybe": null}')
    key = ApiKey("k3y", header="X-Depot-Key")

    with depot.Depot2Client(server.url, auth=key) as client:
        found = client.get_item("ab")

    assert isinstance(found, models.Item)
    assert server.last.target == "/items/ab"
    assert server.last.headers["x-depot-key"] == "k3y"
    assert 'ApiKey("...", header="X-Depot-Key")' in depot.Depot2Client.__doc__
