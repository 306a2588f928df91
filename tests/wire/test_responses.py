"""Any response becomes a model, or an error that describes the response."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

from arp_sdk.errors import ArpApiError, ArpDecodeError, ArpError
from arp_sdk.models import RunRequest, RunRequestInput, RunState
from support.clients import DaemonClient, ToolRegistryClient
from support.server import Reply, Server, error_reply, json_reply

RUN = {"run_id": "r", "state": "queued"}
REQUEST = RunRequest(input=RunRequestInput(goal="g"))

pytestmark = pytest.mark.threads_only("the code is shared")


@pytest.mark.parametrize("status", [200, 201, 299])
def test_any_success_with_the_declared_body_is_accepted(server: Server, status: int) -> None:
    server.plan(json_reply(RUN, status))
    with DaemonClient(server.url) as daemon:
        assert daemon.submit_run(REQUEST).state is RunState.QUEUED
        assert daemon.get_run_status("r").run_id == "r"


@pytest.mark.parametrize("reply", [Reply(204), Reply(200), json_reply({"gone": True}), Reply(202)])
def test_a_delete_accepts_any_success(server: Server, reply: Reply) -> None:
    server.plan(reply)
    with DaemonClient(server.url) as daemon:
        daemon.delete_instance("i")


def test_an_array_becomes_a_list_of_models(server: Server) -> None:
    tool = {"tool_id": "t", "name": "n", "input_schema": {}, "source": "remote"}
    server.plan(json_reply([tool, tool]))
    with ToolRegistryClient(server.url) as registry:
        assert [found.tool_id for found in registry.list_tools()] == ["t", "t"]


def test_an_error_envelope_becomes_an_api_error(server: Server) -> None:
    server.plan(
        json_reply(
            {
                "error": {
                    "code": "not_found",
                    "message": "Unknown run_id: x",
                    "details": {"run_id": "x"},
                    "retryable": False,
                    "cause": {"message": "no row"},
                }
            },
            404,
            X_Request_Id="abc",
        )
    )
    with DaemonClient(server.url) as daemon, pytest.raises(ArpApiError) as caught:
        daemon.get_run_status("x")
    error = caught.value
    assert str(error) == "[404] not_found: Unknown run_id: x"
    assert (error.code, error.message, error.status_code) == ("not_found", "Unknown run_id: x", 404)
    assert error.details == {"run_id": "x"}
    assert error.retryable is False
    assert error.cause == {"message": "no row"}
    assert error.headers["x-request-id"] == "abc"
    assert json.loads(error.raw)["error"]["code"] == "not_found"
    assert (error.method, error.url) == ("GET", f"{server.url}/v1/runs/x")
    assert error.attempts == 1
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.details, again.headers) == (str(error), error.details, error.headers)


HTML = b"<html><head><title>Bad</title></head><body><h1>502 Gateway</h1> nginx</body></html>"


@pytest.mark.parametrize(
    ("status", "body", "content_type", "code", "part"),
    [
        (422, b'{"detail": [{"loc": ["body", "input"], "msg": "Field required"}]}',
         "application/json", "http_422", "body.input: Field required"),
        (404, b'{"detail": "Not Found"}', "application/json", "http_404", "Not Found"),
        (400, b'{"detail": {"a": 1}}', "application/json", "http_400", '{"a":1}'),
        (403, HTML, "text/html", "http_403", "502 Gateway nginx"),
        (500, b"Internal Server Error", "text/plain", "http_500", "Internal Server Error"),
        (500, b"", "text/plain", "http_500", "Internal Server Error"),
        (520, b"", "text/plain", "http_520", "gives no reason"),
        (599, b"\xff\xfe\x00", "application/octet-stream", "http_599", "\ufffd"),
        (400, b'{"error": "teapot"}', "application/json", "http_400", "teapot"),
        (400, b'{"error": {"code": 7, "message": null}}', "application/json", "http_400", "Bad"),
        (400, b'{"error": {"code": "c"}}', "application/json", "c", "Bad Request"),
        (400, b'{"title": "Wrong", "status": 400}', "application/problem+json", "http_400", "Wr"),
        (400, b'{"message": "nope"}', "application/json", "http_400", "nope"),
        (400, b"[1, 2]", "application/json", "http_400", "[1,2]"),
        (400, b'"words"', "application/json", "http_400", "words"),
        (400, b"null", "application/json", "http_400", "null"),
        (400, b'{"error": {"code": "c", "mess', "application/json", "http_400", '{"error": {"code'),
        (400, b'{"error": {"code": "c", "message": "m", "retryable": "yes", "cause": 3}}',
         "application/json", "c", "m"),
    ],
)  # fmt: skip
def test_other_error_bodies_become_api_errors(
    server: Server, status: int, body: bytes, content_type: str, code: str, part: str
) -> None:
    server.plan(Reply(status, body, {"Content-Type": content_type}))
    with DaemonClient(server.url) as daemon, pytest.raises(ArpApiError) as caught:
        daemon.get_run_status("r")
    error = caught.value
    assert (error.status_code, error.code, error.raw) == (status, code, body)
    assert part in error.message
    assert str(error).startswith(f"[{status}] {code}: ")


def test_a_long_body_is_shortened_in_the_message_and_complete_in_raw(server: Server) -> None:
    server.plan(Reply(400, b"x" * 100_000))
    with DaemonClient(server.url) as daemon, pytest.raises(ArpApiError) as caught:
        daemon.health()
    assert len(str(caught.value)) < 400
    assert len(caught.value.raw) == 100_000


@pytest.mark.parametrize(
    ("reply", "part"),
    [
        (Reply(200, HTML, {"Content-Type": "text/html"}), "HTML"),
        (Reply(200, b""), "no body"),
        (Reply(204), "no body"),
        (Reply(200, b'{"run_id": "r", '), "truncated"),
        (Reply(200, b'{"run_id": "r"}'), "missing required field `state`"),
        (Reply(200, b'{"run_id": 4, "state": "queued"}'), "at $.run_id"),
        (Reply(200, b"[]"), "Expected `object`"),
        (Reply(200, b"null"), "got `null`"),
        (Reply(200, b'{"run_id": "r", "state": "queued", "extensions": {"a": 1e999}}'), "range"),
        (Reply(200, b'{"run_id": "r", "state": Infinity}'), "malformed"),
        (Reply(200, b"\xff"), "RunStatus"),
    ],
)
def test_a_success_with_a_wrong_body_is_a_decode_error(
    server: Server, reply: Reply, part: str
) -> None:
    server.plan(reply)
    with DaemonClient(server.url) as daemon, pytest.raises(ArpDecodeError) as caught:
        daemon.get_run_status("r")
    error = caught.value
    assert part in str(error)
    assert (error.status_code, error.raw) == (reply.status, reply.body)
    assert error.method == "GET"
    assert pickle.loads(pickle.dumps(error)).raw == reply.body


def test_an_unreadable_response_does_not_lose_the_run_id(server: Server) -> None:
    server.plan(Reply(202, b"<html>"))
    with DaemonClient(server.url) as daemon, pytest.raises(ArpDecodeError) as caught:
        daemon.submit_run(REQUEST)
    assert caught.value.effect_id == server.last.json["run_id"]


@pytest.mark.parametrize("status", [401, 404, 500])
def test_an_error_has_no_context_that_could_hold_secrets(server: Server, status: int) -> None:
    server.plan(error_reply(status))
    with DaemonClient(server.url) as daemon, pytest.raises(ArpError) as caught:
        daemon.health()
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("value", [{"checks": [None]}, {"status": None}, {"time": 3}])
def test_a_decode_error_names_the_path(server: Server, value: Any) -> None:
    server.plan(json_reply({"status": "ok", "time": "2026-01-01T00:00:00Z", **value}))
    with DaemonClient(server.url) as daemon, pytest.raises(ArpDecodeError) as caught:
        daemon.health()
    assert caught.value.subject == "Health"
    assert caught.value.path.startswith("$.")
