"""Responses that are large enough to be decoded apart from the event loop."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arp_sdk.core._call import weight
from arp_sdk.core._call.weight import LARGE_BODY, is_too_heavy
from arp_sdk.errors import ArpApiError, ArpDecodeError, ArpResponseTooLargeError
from support.clients import DaemonClient, RuntimeClient
from support.server import Reply, Server, json_reply

COUNT = 20_000
RUNS = json_reply({"runs": [{"run_id": f"run-{n:032}", "state": "queued"} for n in range(COUNT)]})


def test_it_is_large() -> None:
    assert len(RUNS.body) > LARGE_BODY


def test_a_call_a_raw_call_and_a_workflow_read_it(server: Server) -> None:
    server.plan(RUNS)
    with DaemonClient(server.url) as daemon:
        assert len(daemon.list_runs().runs) == COUNT
        assert len(daemon.raw.list_runs().parsed.runs) == COUNT
        assert sum(1 for _ in daemon.iter_runs()) == COUNT


def test_what_does_not_fit_the_contract_is_an_error(server: Server) -> None:
    server.plan(Reply(200, RUNS.body[:-2] + b", 7]}", {"Content-Type": "application/json"}))
    with DaemonClient(server.url) as daemon:
        with pytest.raises(ArpDecodeError, match=rf"runs\[{COUNT}\]"):
            daemon.list_runs()
        with pytest.raises(ArpDecodeError, match=rf"runs\[{COUNT}\]"):
            list(daemon.iter_runs())


def test_a_large_error_keeps_its_status_and_body(server: Server) -> None:
    server.plan(Reply(400, RUNS.body, {"Content-Type": "application/json"}))
    with DaemonClient(server.url) as daemon, pytest.raises(ArpApiError) as caught:
        daemon.list_runs()
    assert caught.value.code == "http_400"
    assert caught.value.raw == RUNS.body


def result(output: bytes) -> bytes:
    return b'{"run_id":"r","ok":true,"output":{"x":' + output + b"}}"


MIB = 2**20
LIMIT = 4 * MIB
DENSE = result(b"[" + b"{}," * 300_000 + b"{}]")


def test_more_values_than_the_limit_implies_are_not_decoded(server: Server) -> None:
    server.plan(Reply(200, DENSE, {"Content-Type": "application/json"}))
    with DaemonClient(server.url, max_response_bytes=LIMIT) as daemon:
        with pytest.raises(ArpResponseTooLargeError, match="more values") as caught:
            daemon.get_run_result("r")
        assert caught.value.status_code == 200
        assert caught.value.request_id is None
        larger = daemon.with_options(max_response_bytes=64 * LIMIT)
        found = larger.get_run_result("r").output
        assert found is not None and len(found["x"]) == 300_001


@pytest.mark.parametrize("size", [16, MIB])
def test_an_event_is_read_within_the_same_limits(server: Server, size: int) -> None:
    event = b'{"run_id":"r","seq":1,"type":"step","time":"2024-01-01T00:00:00Z","data":{"x":%b}}'
    data = b"data: " + event % (b"[" + b"{}," * size + b"{}]") + b"\n\n"
    server.plan(Reply(200, data, {"Content-Type": "text/event-stream"}))
    with RuntimeClient(server.url, max_response_bytes=LIMIT, retries=0) as runtime:
        with runtime.stream_run_events("r") as events:
            if size == 16:
                assert next(iter(events)).data == {"x": [{}] * 17}
            else:
                with pytest.raises(ArpResponseTooLargeError, match="more values"):
                    next(iter(events))


@pytest.mark.threads_only("no client is used")
@pytest.mark.parametrize(
    ("text", "heavy"),
    [
        ('{[,:"' * (3 * MIB // 5), False),
        ("x" * 3 * MIB, False),
        ("中" * MIB, False),
        # Four bytes for each character, and one of the copy that became wider.
        ("x" * 7 * MIB, False),
        ("x" * 7 * MIB + "😀", True),
    ],
)
@pytest.mark.parametrize("ascii", [True, False])
def test_text_is_not_taken_for_values(text: str, heavy: bool, ascii: bool) -> None:
    body = json.dumps({"x": text}, ensure_ascii=ascii).encode()
    assert is_too_heavy(body, 2 * MIB) is heavy


@pytest.mark.threads_only("no client is used")
@given(
    st.recursive(
        st.text('a"\\{[,中😀', max_size=6) | st.integers(),
        lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text('"\\{'), part),
        max_leaves=8,
    ),
    st.booleans(),
    st.integers(1, 9),
)
def test_strings_are_told_from_values(value: Any, ascii: bool, piece: int) -> None:
    body = json.dumps(value, ensure_ascii=ascii).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weight, "_PIECE", piece)
        pieces = list(weight._without_strings(body))
    assert b"".join(json for json, _ in pieces) == re.sub(rb'"(?:[^"\\]|\\.)*"', b"", body)
    assert sum(size for _, size in pieces) >= 0
