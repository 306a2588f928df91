"""Options of the constructor and of a copy, and the state that a copy shares."""

from __future__ import annotations

import inspect
import time
from typing import Any

import pytest

from arp_sdk.core import Retries, Timeout
from arp_sdk.errors import ArpConfigError, ArpError
from support.clients import DaemonClient
from support.server import Received, Reply, Server, json_reply

RUNS = json_reply({"runs": []})
SHARED = pytest.mark.threads_only("the code is shared")


def test_every_option_of_a_copy_is_one_of_the_constructor() -> None:
    made = inspect.signature(DaemonClient).parameters
    copied = inspect.signature(DaemonClient.with_options).parameters
    connection = {"base_url", "verify", "cert", "proxies", "session", "pool_size"}
    assert set(copied) - {"self"} == set(made) - connection


@SHARED
@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("timeout", 3, Timeout(3, 3)),
        ("timeout", (1, 2), Timeout(1, 2)),
        ("timeout", Timeout(1, 2), Timeout(1, 2)),
        ("deadline", 4, 4),
        ("retries", 7, Retries(limit=7)),
        ("retries", Retries(limit=1, backoff=2), Retries(limit=1, backoff=2)),
        ("idempotent", True, True),
        ("max_response_bytes", 10, 10),
        ("allow_cross_origin_redirects", True, True),
        ("log_bodies", True, True),
        ("on_request", print, print),
        ("on_response", print, print),
        ("pickle_secrets", True, True),
    ],
)
def test_an_option_can_be_set_on_the_client_and_on_a_copy(
    option: str, value: Any, expected: Any
) -> None:
    with DaemonClient("http://127.0.0.1:1", **{option: value}) as made:
        assert getattr(made.options, option) == expected
    with DaemonClient("http://127.0.0.1:1") as plain:
        before = plain.options
        copy = plain.with_options(**{option: value})
        assert type(copy) is type(plain)
        assert getattr(copy.options, option) == expected
        assert plain.options is before


@SHARED
def test_the_defaults_are_finite() -> None:
    with DaemonClient("http://127.0.0.1:1") as daemon:
        options = daemon.options
    assert 0 < options.timeout.connect <= 10
    assert 0 < options.timeout.read <= 120
    assert 0 < options.deadline <= 600
    assert 0 < options.retries.limit <= 5
    assert 0 < options.max_response_bytes <= 2**30


@SHARED
@pytest.mark.parametrize(
    ("option", "value"),
    [
        *[("timeout", value) for value in (0, -1, float("inf"), float("nan"), None, "3")],
        *[("timeout", value) for value in ((1, 0), (1, None), (1,), (1, 2, 3))],
        *[("deadline", value) for value in (0, -1, float("inf"), float("nan"), None, True)],
        *[("retries", value) for value in (-1, 1.5, "3", None, True)],
        *[("max_response_bytes", value) for value in (0, -1, float("inf"))],
        *[("headers", value) for value in ({"A": "b\r\nC: d"}, {"A": "é"}, {"A": 7}, {"A b": "c"})],
    ],
)
def test_an_invalid_option_is_refused(option: str, value: Any) -> None:
    with pytest.raises(ArpConfigError):
        DaemonClient("http://127.0.0.1:1", **{option: value})


def test_a_copy_shares_the_connections(server: Server) -> None:
    server.plan(RUNS)
    with DaemonClient(server.url) as daemon:
        daemon.list_runs()
        daemon.with_options(timeout=3).list_runs()
        daemon.with_options(headers={"X-A": "b"}).with_options(retries=0).list_runs()
        assert daemon._connections is daemon.with_options(timeout=1)._connections
    assert server.last.headers["X-A"] == "b"
    assert server.connections == 1


def test_headers_of_a_copy_are_added_to_those_of_the_client(server: Server) -> None:
    server.plan(RUNS)
    with DaemonClient(server.url, headers={"X-A": "1", "X-B": "1"}) as daemon:
        daemon.with_options(headers={"x-b": "2", "X-C": "2"}).list_runs()
        daemon.list_runs()
    first, second = (request.headers for request in server.requests)
    assert (first["X-A"], first["x-b"], first["X-C"]) == ("1", "2", "2")
    assert (second["X-A"], second["X-B"]) == ("1", "1")
    assert "X-C" not in second


def test_retries_end_at_the_deadline(server: Server) -> None:
    def respond(_: Received) -> Reply:
        time.sleep(0.1)
        return json_reply({}, 503, Retry_After="0")

    server.plan(respond)
    with DaemonClient(server.url, retries=Retries(limit=60), deadline=0.5) as daemon:
        with pytest.raises(ArpError):
            daemon.list_runs()
    assert len(server.requests) <= 6
