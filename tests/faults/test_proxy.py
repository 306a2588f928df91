"""The fault proxy and the origin do what the fault suite takes them to do."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from faults.catalogue import FAULTS
from faults.origin import MOVED, Origin, origin_server
from support.proxy import Always, Proxy, Script, proxied
from support.wire import eventually

pytestmark = pytest.mark.threads_only("makes no client")

RUN = {"run_id": "r", "input": {"goal": "g"}}


@pytest.fixture
def origin() -> Iterator[Origin]:
    with origin_server() as origin:
        yield origin


@pytest.fixture
def proxy(origin: Origin) -> Iterator[Proxy]:
    with proxied(origin.address) as proxy:
        yield proxy


@pytest.fixture
def connection(proxy: Proxy) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(*proxy.address, timeout=30)
    yield connection
    connection.close()


def send(
    connection: http.client.HTTPConnection, method: str, path: str, body: Any = None
) -> tuple[int, Any]:
    connection.request(method, path, json.dumps(body) if body else None)
    response = connection.getresponse()
    content = response.read()
    return response.status, json.loads(content) if content else None


def submit(connection: http.client.HTTPConnection) -> tuple[int, Any]:
    return send(connection, "POST", "/daemon/v1/runs", RUN)


def test_without_a_plan_the_proxy_forwards_and_keeps_the_connection(
    connection: http.client.HTTPConnection, proxy: Proxy
) -> None:
    status, run = submit(connection)
    port = connection.sock.getsockname()[1]

    assert (status, run["run_id"]) == (202, "r")
    assert send(connection, "GET", "/daemon/v1/runs/r") == (200, run)
    assert connection.sock.getsockname()[1] == port
    assert proxy.connections == 1


def test_the_origin_counts_effects(connection: http.client.HTTPConnection, origin: Origin) -> None:
    for _ in range(2):
        submit(connection)
        send(connection, "PUT", "/daemon/v1/admin/runtime-profiles/p", {"description": "d"})
        send(connection, "POST", "/daemon/v1/instances", {"runtime_profile": "i"})
        send(connection, "POST", "/tools/v1/tool-invocations", {"invocation_id": "v", "args": {}})

    assert origin.effects == {"g": 2, "p": 1, "i": 2, "v": 2}


def test_the_origin_deletes_once(connection: http.client.HTTPConnection, origin: Origin) -> None:
    origin.add_profile("p")

    for _ in range(2):
        assert send(connection, "DELETE", "/daemon/v1/admin/runtime-profiles/p") == (204, None)

    assert origin.effects == {"p": 1}


def test_the_origin_has_no_other_paths(connection: http.client.HTTPConnection) -> None:
    assert send(connection, "GET", "/daemon/v1/runs/none")[0] == 404
    assert send(connection, "GET", "/daemon/v1/nothing")[0] == 404


def test_the_origin_serves_the_path_of_a_redirect(
    connection: http.client.HTTPConnection, origin: Origin
) -> None:
    status, _ = send(connection, "POST", MOVED + "/runtime/v1/runs", RUN)

    assert status == 200
    assert origin.effects == {"g": 1}


@pytest.mark.parametrize(
    ("fault", "error"), [("refused", ConnectionRefusedError), ("unreachable", TimeoutError)]
)
def test_the_proxy_makes_one_connection_fail(
    proxy: Proxy, fault: str, error: type[OSError]
) -> None:
    proxy.plan = Script(FAULTS[fault])

    proxy.prepare()
    with pytest.raises(error):
        socket.create_connection(proxy.address, timeout=0.2)
    proxy.prepare()
    socket.create_connection(proxy.address, timeout=30).close()


@pytest.mark.parametrize(("fault", "effects"), [("reset-before", 0), ("reset-after", 1)])
def test_a_reset_hits_before_or_after_the_effect(
    fault: str, effects: int, connection: http.client.HTTPConnection, proxy: Proxy, origin: Origin
) -> None:
    proxy.plan = Script(FAULTS[fault])

    with pytest.raises(ConnectionResetError):
        submit(connection)
    assert origin.effects["g"] == effects


@pytest.mark.parametrize(("fault", "effects"), [("close-before", 0), ("close-after", 1)])
def test_a_close_is_not_a_reset(
    fault: str, effects: int, connection: http.client.HTTPConnection, proxy: Proxy, origin: Origin
) -> None:
    proxy.plan = Script(FAULTS[fault])
    connection.request("POST", "/daemon/v1/runs", json.dumps(RUN))

    assert connection.sock.recv(100) == b""
    assert origin.effects["g"] == effects


def test_an_idle_connection_is_closed(connection: http.client.HTTPConnection, proxy: Proxy) -> None:
    proxy.plan = Script(FAULTS["idle-close"])
    submit(connection)

    assert proxy.idle_faults.wait(30)
    assert connection.sock.recv(100) == b""


def test_a_script_ends_and_always_does_not(
    connection: http.client.HTTPConnection, proxy: Proxy
) -> None:
    proxy.plan = Script(FAULTS["408"], FAULTS["pass"], FAULTS["504-after"])
    assert [submit(connection)[0] for _ in range(4)] == [408, 202, 504, 202]

    proxy.plan = Always(FAULTS["408"], spare="GET")
    assert [submit(connection)[0] for _ in range(2)] == [408, 408]
    assert send(connection, "GET", "/daemon/v1/health")[0] == 200


def test_a_drip_sends_single_bytes_until_the_client_hangs_up(
    connection: http.client.HTTPConnection, proxy: Proxy
) -> None:
    proxy.plan = Script(FAULTS["drip-head"])
    connection.request("GET", "/daemon/v1/health")

    assert connection.sock.recv(1) == b"H"
    connection.close()
    assert eventually(lambda: proxy.connections == 0)


def test_a_flood_goes_on_until_the_client_hangs_up(
    connection: http.client.HTTPConnection, proxy: Proxy
) -> None:
    proxy.plan = Script(FAULTS["endless"])
    connection.request("GET", "/daemon/v1/health")

    assert len(connection.getresponse().read(10**6)) == 10**6
    connection.close()
    assert eventually(lambda: proxy.connections == 0)


def test_closing_leaves_no_thread() -> None:
    before = threading.active_count()
    with origin_server() as origin, proxied(origin.address) as proxy:
        proxy.plan = Script(FAULTS["stall-before"])
        connections = [http.client.HTTPConnection(*proxy.address, timeout=30) for _ in range(2)]
        for connection in connections:
            connection.request("GET", "/daemon/v1/health")

    assert threading.active_count() == before
    for connection in connections:
        connection.close()
