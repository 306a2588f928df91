"""Every error is an ErrorEnvelope."""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

from arp_sdk.sandbox import Sandbox
from sandbox.exchanges import exchange, post_json

RUN = {"input": {"goal": "hello"}}


def test_unknown_route(box: Sandbox) -> None:
    for path in ("/", "/v1", "/v1/nothing", "/v1/runs/a/b", "/v1/runs//result", "/v1/runs/"):
        response = exchange("GET", box.daemon_url + path)

        assert (response.status, response.code) == (404, "route_not_found")


def test_wrong_method(box: Sandbox) -> None:
    response = exchange("PATCH", f"{box.daemon_url}/v1/runs")

    assert (response.status, response.code) == (405, "method_not_allowed")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"


def test_wrong_method_of_a_custom_verb(box: Sandbox) -> None:
    response = exchange("DELETE", f"{box.runtime_url}/v1/runs/run_1:cancel")

    assert (response.status, response.headers["allow"]) == (405, "OPTIONS, POST")


@pytest.mark.parametrize("body", [b"", b"{", b"[1,]", b'{"a": NaN}', b"\xff", b"[" * 100_000])
def test_bad_json(box: Sandbox, body: bytes) -> None:
    response = exchange(
        "POST", f"{box.daemon_url}/v1/runs", body, {"Content-Type": "application/json"}
    )

    assert (response.status, response.code) == (400, "invalid_json")


@pytest.mark.parametrize("chunked", [False, True])
def test_oversized_body(box: Sandbox, chunked: bool) -> None:
    body = json.dumps({"input": {"goal": "x" * (1024 * 1024)}}).encode()
    place = urlsplit(box.daemon_url)
    headers = {"Content-Type": "application/json"}
    if chunked:
        headers["Transfer-Encoding"] = "chunked"
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    response = exchange("POST", f"http://{place.netloc}/v1/runs", body, headers)

    assert (response.status, response.code) == (413, "payload_too_large")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"input": {}}, "$.input"),
        ({"input": {"goal": 1}}, "$.input.goal"),
        ({"unknown": 1}, "$"),
        ({"run_id": None}, "$.run_id"),
        ({"limits": {"max_steps": 0}}, "$.limits.max_steps"),
        ({"limits": {"max_steps": None}}, "$.limits.max_steps"),
        ({"metadata": {"labels": {"a": None}}}, "$.metadata.labels[...]"),
        (
            {"runtime_selector": {"runtime_api_endpoint": "x"}},
            "$.runtime_selector.runtime_api_endpoint",
        ),
    ],
)
def test_body_that_breaks_the_contract(box: Sandbox, change: dict[str, Any], path: str) -> None:
    response = post_json(f"{box.daemon_url}/v1/runs", {**RUN, **change})

    assert (response.status, response.code) == (400, "invalid_request")
    assert response.json["error"]["details"] == {"place": "body", "path": path}


def test_null_inside_free_form_json_is_a_value(box: Sandbox) -> None:
    run = {"input": {"goal": "hello", "context": {"none": None, "list": [None, {"deep": None}]}}}

    assert post_json(f"{box.daemon_url}/v1/runs", run).status == 202


def test_extension_keys_have_a_namespace(box: Sandbox) -> None:
    url = f"{box.daemon_url}/v1/runs"

    assert post_json(url, {**RUN, "extensions": {"org.key": None}}).status == 202
    assert post_json(url, {**RUN, "extensions": {"key": 1}}).code == "invalid_request"


def test_one_of_two_is_needed(box: Sandbox) -> None:
    url = f"{box.tool_registry_url}/v1/tool-invocations"
    response = post_json(url, {"invocation_id": "1", "args": {}})

    assert (response.status, response.code) == (400, "invalid_request")
    assert "tool_id" in response.json["error"]["message"]


@pytest.mark.parametrize(
    "query",
    ["page_size=0", "page_size=1001", "page_size=x", "page_size=", "page_size=1&page_size=2"],
)
def test_query_that_breaks_the_contract(box: Sandbox, query: str) -> None:
    response = exchange("GET", f"{box.daemon_url}/v1/runs?{query}")

    assert (response.status, response.code) == (400, "invalid_request")
    assert response.json["error"]["details"]["place"] == "query.page_size"


def test_path_that_is_not_utf_8(box: Sandbox) -> None:
    response = exchange("GET", f"{box.daemon_url}/v1/runs/%ff")

    assert (response.status, response.code) == (400, "invalid_request")


def test_request_that_is_not_http(box: Sandbox) -> None:
    place = urlsplit(box.daemon_url)
    with socket.create_connection((place.hostname or "", place.port or 0)) as connection:
        connection.sendall(b"what is this?\r\n\r\n")
        with connection.makefile("rb") as file:
            head, _, body = file.read().partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["error"]["code"] == "invalid_http"


def test_request_id_is_kept_or_made(box: Sandbox) -> None:
    url = f"{box.daemon_url}/v1/health"

    assert exchange("GET", url, headers={"X-Request-Id": "mine"}).headers["x-request-id"] == "mine"
    made = {exchange("GET", url).headers["x-request-id"] for _ in range(2)}
    assert len(made) == 2
    assert exchange("GET", f"{box.daemon_url}/x").headers["x-request-id"]


def test_failure_of_the_service_itself(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("arp_sdk.server.tools.Tools.definition", lambda *_: 1 / 0)

    response = exchange("GET", f"{box.tool_registry_url}/v1/tools/x")

    assert (response.status, response.code) == (500, "internal_error")
    assert "GET /v1/tools/x failed" in caplog.text


def test_a_request_cannot_forge_log_lines(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("arp_sdk.server.tools.Tools._find", None)

    response = exchange("GET", f"{box.tool_registry_url}/v1/tools/x%0d%0aERROR:root:forged")

    assert response.status == 500
    assert [
        record.getMessage() for record in caplog.records if record.name == "arp_sdk.server"
    ] == ["GET /v1/tools/x%0d%0aERROR:root:forged failed"]
