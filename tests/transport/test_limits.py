"""The size of a response is bounded, compressed and decompressed."""

from __future__ import annotations

import gzip
import importlib
import json
import pickle
import sys
import time
import zlib
from collections.abc import Callable

import pytest

from arp_sdk.core._http.encodings import accepted
from arp_sdk.errors import ArpApiError, ArpDecodeError, ArpError, ArpResponseTooLargeError
from arp_sdk.models import RunRequest, RunRequestInput, RunResult
from support.clients import DaemonClient
from support.proxy import Fault, Script, Stage, proxied
from support.server import Reply, Server, json_reply

LIMIT = 100_000


def result(size: int) -> bytes:
    return json.dumps({"run_id": "r", "ok": True, "output": {"text": "x" * size}}).encode()


COMPRESS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress}
if "zstd" in accepted():
    COMPRESS["zstd"] = importlib.import_module(
        "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    ).compress


def compressed(body: bytes, encoding: str = "gzip") -> Reply:
    return Reply(200, COMPRESS[encoding](body), {"Content-Encoding": encoding})


def fetch(server: Server, reply: Reply) -> RunResult:
    server.plan(reply)
    with DaemonClient(server.url, max_response_bytes=LIMIT, retries=0) as daemon:
        return daemon.get_run_result("r")


@pytest.mark.parametrize("encoding", COMPRESS)
def test_a_compressed_body_is_decompressed(server: Server, encoding: str) -> None:
    assert fetch(server, compressed(result(50_000), encoding)).output == {"text": "x" * 50_000}
    assert encoding in server.last.headers["Accept-Encoding"]


def test_a_body_at_the_limit_is_read(server: Server) -> None:
    assert fetch(server, Reply(200, result(LIMIT - len(result(0))))).ok


def test_a_body_beyond_the_limit_is_refused(server: Server) -> None:
    with pytest.raises(ArpResponseTooLargeError, match="max_response_bytes") as caught:
        fetch(server, Reply(200, result(LIMIT)))
    assert caught.value.status_code == 200
    assert caught.value.method == "GET"


@pytest.mark.parametrize("encoding", COMPRESS)
def test_a_decompression_bomb_is_refused(server: Server, encoding: str) -> None:
    bomb = compressed(result(5_000_000), encoding)
    assert len(bomb.body) < LIMIT
    with pytest.raises(ArpResponseTooLargeError):
        fetch(server, bomb)


def test_an_error_beyond_the_limit_is_refused(server: Server) -> None:
    with pytest.raises(ArpResponseTooLargeError) as caught:
        fetch(server, Reply(500, b"x" * (LIMIT + 1)))
    assert caught.value.status_code == 500


def test_a_body_that_is_not_compressed_as_declared_is_an_error(server: Server) -> None:
    with pytest.raises(ArpDecodeError, match="Content-Encoding"):
        fetch(server, Reply(200, result(10), {"Content-Encoding": "gzip"}))


def test_a_connection_survives_a_refused_body(server: Server) -> None:
    server.plan(Reply(200, result(LIMIT)), Reply(200, result(1)))
    with DaemonClient(server.url, max_response_bytes=LIMIT, retries=0) as daemon:
        with pytest.raises(ArpResponseTooLargeError):
            daemon.get_run_result("r")
        assert daemon.get_run_result("r").ok


@pytest.mark.threads_only("the code is shared")
@pytest.mark.parametrize("depth", [900, 5_000, 50_000])
def test_deep_nesting_is_decoded_or_an_arp_error(server: Server, depth: int) -> None:
    nested = b'{"run_id":"r","ok":true,"output":{"a":' + b"[" * depth + b"]" * depth + b"}}"
    try:
        found = fetch(server, Reply(200, nested))
        found.to_json()
        found.to_dict()
    except ArpError:
        pass


@pytest.mark.threads_only("the code is shared")
def test_a_deeply_nested_error_can_be_pickled(server: Server) -> None:
    nested = b'{"error":{"code":"c","message":"m","details":' + b'{"a":' * 800 + b"1" + b"}" * 802
    with pytest.raises(ArpApiError) as caught:
        fetch(server, Reply(400, nested))
    assert caught.value.status_code == 400
    assert pickle.loads(pickle.dumps(caught.value)).raw == nested


def test_an_upload_may_take_longer_than_connecting(server: Server) -> None:
    server.plan(json_reply({"run_id": "r", "state": "queued"}, 202))
    request = RunRequest(input=RunRequestInput(goal="g", data={"text": "x" * 2**24}))
    slow = Fault("slow", lambda wire, nothing: time.sleep(0.3), Stage.UNREAD)
    with proxied(server.address) as proxy:
        proxy.plan = Script(slow)
        with DaemonClient(proxy.url, timeout=(0.1, 30), retries=0) as daemon:
            assert daemon.submit_run(request).run_id == "r"
