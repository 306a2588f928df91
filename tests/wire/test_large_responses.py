"""Responses that are large enough to be decoded apart from the event loop."""

from __future__ import annotations

import pytest

from arp_sdk.core._call.weight import LARGE_BODY
from arp_sdk.errors import ArpApiError, ArpDecodeError
from support.clients import DaemonClient
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
