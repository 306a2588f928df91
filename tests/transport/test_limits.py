"""An answer is bounded in size, packed and unpacked."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest

from arp_sdk.errors import ArpApiError, ArpDecodeError, ArpError, ArpResponseTooLargeError
from arp_sdk.models import RunResult
from support.clients import DaemonClient
from support.server import Reply, Server

LIMIT = 100_000


def result(size: int) -> bytes:
    return json.dumps({"run_id": "r", "ok": True, "output": {"text": "x" * size}}).encode()


def packed(body: bytes, encoding: str = "gzip") -> Reply:
    packed = gzip.compress(body) if encoding == "gzip" else zlib.compress(body)
    return Reply(200, packed, {"Content-Encoding": encoding})


def fetch(server: Server, reply: Reply) -> RunResult:
    server.plan(reply)
    with DaemonClient(server.url, max_response_bytes=LIMIT, retries=0) as daemon:
        return daemon.get_run_result("r")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_compressed_body_is_unpacked(server: Server, encoding: str) -> None:
    assert fetch(server, packed(result(50_000), encoding)).output == {"text": "x" * 50_000}


def test_a_body_at_the_limit_is_read(server: Server) -> None:
    assert fetch(server, Reply(200, result(LIMIT - len(result(0))))).ok


def test_a_body_beyond_the_limit_is_refused(server: Server) -> None:
    with pytest.raises(ArpResponseTooLargeError, match="max_response_bytes") as caught:
        fetch(server, Reply(200, result(LIMIT)))
    assert caught.value.status_code == 200
    assert caught.value.method == "GET"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_refused(server: Server, encoding: str) -> None:
    bomb = packed(result(50_000_000), encoding)
    assert len(bomb.body) < LIMIT
    with pytest.raises(ArpResponseTooLargeError):
        fetch(server, bomb)


def test_an_error_beyond_the_limit_is_refused(server: Server) -> None:
    with pytest.raises(ArpResponseTooLargeError) as caught:
        fetch(server, Reply(500, b"x" * (LIMIT + 1)))
    assert caught.value.status_code == 500


def test_a_body_that_is_not_compressed_as_it_says(server: Server) -> None:
    with pytest.raises(ArpDecodeError, match="Content-Encoding"):
        fetch(server, Reply(200, result(10), {"Content-Encoding": "gzip"}))


def test_a_connection_survives_a_refused_body(server: Server) -> None:
    server.plan(Reply(200, result(LIMIT)), Reply(200, result(1)))
    with DaemonClient(server.url, max_response_bytes=LIMIT, retries=0) as daemon:
        with pytest.raises(ArpResponseTooLargeError):
            daemon.get_run_result("r")
        assert daemon.get_run_result("r").ok


@pytest.mark.parametrize("depth", [900, 5_000, 50_000])
def test_deep_nesting_is_read_or_an_arp_error(server: Server, depth: int) -> None:
    nested = b'{"run_id":"r","ok":true,"output":{"a":' + b"[" * depth + b"]" * depth + b"}}"
    try:
        found = fetch(server, Reply(200, nested))
        found.to_json()
        found.to_dict()
    except ArpError:
        pass


def test_a_deeply_nested_error_can_be_pickled(server: Server) -> None:
    import pickle

    nested = b'{"error":{"code":"c","message":"m","details":' + b'{"a":' * 800 + b"1" + b"}" * 802
    with pytest.raises(ArpApiError) as caught:
        fetch(server, Reply(400, nested))
    assert caught.value.status_code == 400
    assert pickle.loads(pickle.dumps(caught.value)).raw == nested


def test_an_upload_may_take_longer_than_connecting(server: Server) -> None:
    import socket
    import threading
    import time

    from arp_sdk.models import RunRequest, RunRequestInput

    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)

    def serve() -> None:
        connection, _ = listener.accept()
        received, wanted = b"", None
        while wanted is None or len(received) < wanted:
            time.sleep(0.02)
            received += connection.recv(1_000_000)
            if wanted is None and b"\r\n\r\n" in received:
                head, _, _ = received.partition(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split()[0])
                wanted = len(head) + 4 + length
        answer = b'{"run_id": "r", "state": "queued"}'
        connection.sendall(
            b"HTTP/1.1 202 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer)
        )
        connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    request = RunRequest(input=RunRequestInput(goal="g", data={"text": "x" * 20_000_000}))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with DaemonClient(url, timeout=(0.1, 5), retries=0) as daemon:
        assert daemon.submit_run(request).run_id == "r"
    thread.join()
    listener.close()
