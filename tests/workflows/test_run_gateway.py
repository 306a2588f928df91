"""Runs of ARP 0.3: the gateway has their states, and the coordinator their results."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from arp_sdk.core import Retries
from arp_sdk.errors import ArpApiError, ArpDecodeError, ArpResponseTooLargeError, ArpRunFailed
from arp_sdk.v0_3.models import (
    NodeRunCreateSpec,
    NodeRunsCreateRequest,
    NodeTypeRef,
    Run,
    RunStartRequest,
    RunState,
)
from support.clients import FAST, RunCoordinatorClient, RunGatewayClient, RuntimeClient
from support.events import event
from support.server import HANG_UP, Received, Reply, Response, Server, json_reply, serving

ROOT = NodeTypeRef(node_type_id="acme.echo", version="1")
REQUEST = RunStartRequest(root_node_type_ref=ROOT, input={"goal": "hello"})
REASON = {"code": "policy_denied", "message": "not you"}


def run(state: str, **fields: Any) -> Reply:
    return json_reply({"run_id": "r", "state": state, "root_node_run_id": "n", **fields})


def node_run(state: str, **fields: Any) -> Reply:
    reference = {"node_type_id": "acme.echo", "version": "1"}
    values = {"node_run_id": "n", "run_id": "r", "node_type_ref": reference, "state": state}
    return json_reply({**values, **fields})


FINAL = {"seq": 2, "type": "final"}
KINDS = {1: "run_started", 2: "run_completed", 4: "run_completed"}
LINES = "".join(f"{json.dumps(event(seq, kind))}\n" for seq, kind in KINDS.items())


class Coordinator(NamedTuple):
    """A coordinator whose responses a test plans, and a client of it."""

    server: Server
    client: RunCoordinatorClient


@pytest.fixture
def coordinator() -> Iterator[Coordinator]:
    with serving() as server, RunCoordinatorClient(server.url, auth="other") as client:
        yield Coordinator(server, client)


def test_a_result_is_the_last_status(server: Server) -> None:
    server.plan(run("running"), run("running"), run("succeeded"))
    with RunGatewayClient(server.url) as gateway:
        ended = gateway.run(REQUEST)
    assert isinstance(ended, Run) and ended.state is RunState.SUCCEEDED
    assert server.requests[0].json["input"] == {"goal": "hello"}


def test_a_result_comes_from_the_coordinator(server: Server, coordinator: Coordinator) -> None:
    server.plan(run("running"), run("succeeded"))
    coordinator.server.plan(node_run("succeeded", outputs={"echo": "hello"}))
    with RunGatewayClient(server.url, auth="own") as gateway:
        assert gateway.run(REQUEST, run_coordinator=coordinator.client).outputs == {"echo": "hello"}
        (outcome,) = gateway.run_many([REQUEST], run_coordinator=coordinator.client)
        assert outcome.value().outputs == {"echo": "hello"}
    assert coordinator.server.targets == ["GET /v1/node-runs/n"] * 2
    # Each service gets the credentials of its own client.
    assert coordinator.server.last.headers["Authorization"] == "Bearer other"
    assert server.last.headers["Authorization"] == "Bearer own"


def test_a_failure_has_the_reason_of_the_root_node_run(
    server: Server, coordinator: Coordinator
) -> None:
    server.plan(run("failed"))
    coordinator.server.plan(node_run("failed", extensions={"completion_error": REASON}))
    with RunGatewayClient(server.url) as gateway:
        with pytest.raises(ArpRunFailed, match=r"run r failed \(pass run_coordinator="):
            gateway.run(REQUEST)
        with pytest.raises(ArpRunFailed, match="run r failed: policy_denied: not you") as caught:
            gateway.run(REQUEST, run_coordinator=coordinator.client)
        assert gateway.run(REQUEST, check=False).state is RunState.FAILED
    assert caught.value.status.state is RunState.FAILED
    assert caught.value.result.extensions == {"completion_error": REASON}


@pytest.mark.parametrize("state", ["succeeded", "failed"])
def test_a_result_that_is_not_available_is_no_failure(
    server: Server, coordinator: Coordinator, state: str
) -> None:
    server.plan(run(state))
    coordinator.server.plan(json_reply({"error": {"code": "gone", "message": "expired"}}, 410))
    expected = ArpRunFailed if state == "failed" else ArpApiError
    with RunGatewayClient(server.url) as gateway, pytest.raises(expected):
        gateway.run(REQUEST, run_coordinator=coordinator.client)


def test_a_result_of_the_runtime_that_is_not_available_is_no_failure(server: Server) -> None:
    status = json_reply({"run_id": "r", "state": "succeeded"})
    server.plan(status, json_reply({"error": {"code": "gone", "message": "expired"}}, 410))
    with RuntimeClient(server.url) as runtime, pytest.raises(ArpApiError, match="gone: expired"):
        runtime.run("hello")


@pytest.mark.parametrize(("then", "ends"), [("succeeded", "succeeded"), ("canceled", "canceled")])
def test_a_cancel_may_be_overtaken(
    server: Server, monkeypatch: pytest.MonkeyPatch, then: str, ends: str
) -> None:
    monkeypatch.setattr("arp_sdk.core._workflows.long_running.GRACE_SECONDS", 0.1)
    server.plan(run("canceled"), run("canceled"), run(then))
    with RunGatewayClient(server.url) as gateway:
        assert gateway.wait_for_run("r").state.value == ends


def test_a_run_that_starts_canceled_is_settled_before_its_timeout(server: Server) -> None:
    server.plan(run("canceled"))
    with RunGatewayClient(server.url) as gateway:
        assert gateway.wait_for_run("r", timeout=0.5).state is RunState.CANCELED


def test_a_run_that_was_lost_is_looked_up(server: Server) -> None:
    server.plan(HANG_UP, run("running"), run("succeeded"))
    with RunGatewayClient(server.url, retries=FAST) as gateway:
        gateway.run(REQUEST)
    run_id = server.requests[0].json["run_id"]
    assert server.targets[:2] == ["POST /v1/runs", f"GET /v1/runs/{run_id}"]


def test_keys_inside_a_list_make_a_request_repeatable(server: Server) -> None:
    server.plan(HANG_UP, json_reply({"node_runs": []}))
    specs = [
        NodeRunCreateSpec(node_type_ref=ROOT, inputs={}),
        NodeRunCreateSpec(node_type_ref=ROOT, inputs={}, idempotency_key="mine"),
    ]
    body = NodeRunsCreateRequest(run_id="r", parent_node_run_id="n", node_runs=specs)
    with RunCoordinatorClient(server.url, retries=FAST) as client:
        client.create_node_runs(body)
    first, second = (request.json["node_runs"] for request in server.requests)
    assert first == second
    assert [len(each["idempotency_key"]) > 3 for each in first] == [True, True]
    assert first[1]["idempotency_key"] == "mine"
    assert specs[0].idempotency_key is None


def as_lines(text: str) -> Reply:
    return Reply(200, text.encode(), {"Content-Type": "application/x-ndjson"})


def as_text(text: str) -> Reply:
    return json_reply(text)


def as_text_of_text(text: str) -> Reply:
    return json_reply(json.dumps(text))


@pytest.mark.parametrize("encode", [as_lines, as_text, as_text_of_text])
def test_events_are_read_however_often_they_are_encoded(
    server: Server, encode: Callable[[str], Response]
) -> None:
    server.plan(encode(LINES))
    with RunGatewayClient(server.url, retries=FAST) as gateway:
        with gateway.stream_run_events("r") as events:
            assert [each.seq for each in events] == [1, 2, 4]
            assert events.complete
    # After an event that may be the last, the end of the stream is believed.
    assert len(server.requests) == 1


def test_server_sent_events_may_be_a_string_too(server: Server) -> None:
    step = {"run_id": "r", "seq": 1, "type": "step", "time": "2026-01-01T00:00:00Z"}
    blocks = "".join(f"data: {json.dumps(each)}\n\n" for each in (step, step | FINAL))
    server.plan(as_text_of_text(blocks))
    with RuntimeClient(server.url) as runtime, runtime.stream_run_events("r") as events:
        assert [each.seq for each in events] == [1, 2]
        assert events.complete


def test_a_snapshot_is_read_again_until_it_is_complete(server: Server) -> None:
    def respond(received: Received) -> Response:
        return as_text_of_text("" if len(server.requests) < 3 else LINES)

    server.plan(respond)
    with RunGatewayClient(server.url, retries=FAST) as gateway:
        assert [each.seq for each in gateway.stream_run_events("r")] == [1, 2, 4]


def test_a_stream_with_sparse_numbers_has_no_gaps(server: Server) -> None:
    server.plan(as_lines(LINES))
    with RunCoordinatorClient(server.url) as client, client.stream_node_run_events("n") as events:
        assert [each.seq for each in events] == [1, 2, 4]
        assert events.gaps == ()
    with RunCoordinatorClient(server.url) as client, client.stream_run_events("r") as events:
        assert [(gap.after, gap.before) for _ in events for gap in events.gaps] == [(2, 4)]


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (json_reply({"detail": "no"}), "not a stream in a string of JSON"),
        (Reply(200, b'"cut', {"Content-Type": "application/json"}), "not a stream in a string"),
        (Reply(200, b"<p>Sign in", {"Content-Type": "text/html"}), "text/html, not a stream"),
    ],
)
def test_a_stream_that_cannot_be_read_keeps_its_body(
    server: Server, reply: Reply, says: str
) -> None:
    server.plan(reply)
    with (
        RunGatewayClient(server.url) as gateway,
        pytest.raises(ArpDecodeError, match=says) as caught,
    ):
        list(gateway.stream_run_events("r"))
    assert caught.value.raw == reply.body


def test_a_stream_in_a_string_is_bounded(server: Server) -> None:
    server.plan(as_text("x" * 2000))
    with RunGatewayClient(server.url, max_response_bytes=1000) as gateway:
        with pytest.raises(ArpResponseTooLargeError):
            list(gateway.stream_run_events("r"))


def test_follow_ends_with_the_result(server: Server, coordinator: Coordinator) -> None:
    server.plan(as_text_of_text(LINES), run("succeeded"))
    coordinator.server.plan(node_run("succeeded", outputs={"echo": "hello"}))
    with RunGatewayClient(server.url, retries=Retries(limit=0)) as gateway:
        with gateway.follow("r", run_coordinator=coordinator.client) as following:
            assert [each.seq for each in following] == [1, 2, 4]
            assert following.result().outputs == {"echo": "hello"}
