"""Method, target, headers and body of requests, and arguments that are refused."""

from __future__ import annotations

import enum
from typing import Any

import pytest

from arp_sdk.errors import ArpApiError, ArpValidationError
from arp_sdk.models import (
    InstanceCreateRequest,
    RunRequest,
    RunRequestInput,
    RunRequestLimits,
    RuntimeProfileUpsertRequest,
    ToolInvocationRequest,
)
from support.clients import DaemonClient, Kind, RuntimeClient, ToolRegistryClient
from support.server import Server, json_reply

RUN = {"run_id": "r", "state": "queued"}
SHARED = pytest.mark.threads_only("the code is shared")


@pytest.mark.parametrize(
    ("value", "segment"),
    [
        ("run_1", "run_1"),
        ("a/b", "a%2Fb"),
        ("../admin", "..%2Fadmin"),
        ("..%2f", "..%252f"),
        ("a?b=c#d", "a%3Fb%3Dc%23d"),
        ("x:cancel", "x%3Acancel"),
        (" ", "%20"),
        ("...", "..."),
        (".a", ".a"),
        ("a\\b", "a%5Cb"),
        ("a;b", "a%3Bb"),
        ("\r\nHost: x", "%0D%0AHost%3A%20x"),
        ("héß/漢", "h%C3%A9%C3%9F%2F%E6%BC%A2"),
        ("%2e%2e", "%252e%252e"),
        ("\0", "%00"),
    ],
)
def test_no_path_value_changes_the_route(server: Server, value: str, segment: str) -> None:
    server.plan(json_reply(RUN))
    with DaemonClient(server.url) as daemon, RuntimeClient(server.url) as runtime:
        daemon.get_run_status(value)
        runtime.cancel_run(value)
    assert server.targets == [f"GET /v1/runs/{segment}", f"POST /v1/runs/{segment}:cancel"]


@SHARED
@pytest.mark.parametrize("value", ["", ".", "..", None, 7, b"run", "\ud800"])
def test_a_value_that_cannot_be_a_path_segment_is_refused(server: Server, value: Any) -> None:
    with DaemonClient(server.url) as daemon:
        for call in (daemon.get_run_status, daemon.delete_instance, daemon.get_run_result):
            with pytest.raises(ArpValidationError):
                call(value)
    assert server.requests == []


def test_absent_query_parameters_are_omitted(server: Server) -> None:
    server.plan(json_reply({"runs": []}))
    with DaemonClient(server.url) as daemon:
        daemon.list_runs()
        daemon.list_runs(page_size=3, page_token="a b&c=d/é")
    assert server.targets == [
        "GET /v1/runs",
        "GET /v1/runs?page_size=3&page_token=a+b%26c%3Dd%2F%C3%A9",
    ]


@SHARED
@pytest.mark.parametrize("size", [0, 1001, -1, "3", 1.5, True])
def test_a_query_parameter_out_of_bounds_is_refused(server: Server, size: Any) -> None:
    with (
        DaemonClient(server.url) as daemon,
        pytest.raises(ArpValidationError, match="page_size"),
    ):
        daemon.list_runs(page_size=size)
    assert server.requests == []


def test_a_body_is_compact_json_with_its_length(server: Server) -> None:
    server.plan(json_reply(RUN, 202))
    request = RunRequest(run_id="r", input=RunRequestInput(goal="hé"))
    with DaemonClient(server.url) as daemon:
        daemon.submit_run(request)
    assert server.last.body == '{"run_id":"r","input":{"goal":"hé"}}'.encode()
    assert server.last.headers["Content-Length"] == str(len(server.last.body))
    assert server.last.headers["Content-Type"] == "application/json"
    assert server.last.headers["Accept"] == "application/json"


def test_a_post_without_a_body_has_a_length(server: Server) -> None:
    server.plan(json_reply(RUN))
    with RuntimeClient(server.url) as runtime:
        runtime.cancel_run("r")
    assert server.last.headers["Content-Length"] == "0"
    assert "Content-Type" not in server.last.headers


def test_put_and_delete_have_their_method_and_path(server: Server) -> None:
    server.plan(json_reply({"runtime_profile": "p"}), json_reply({}, 204))
    with DaemonClient(server.url) as daemon:
        daemon.upsert_runtime_profile("p", RuntimeProfileUpsertRequest(description="d"))
        assert daemon.delete_runtime_profile("p") is None  # type: ignore[func-returns-value]
    assert server.targets == [
        "PUT /v1/admin/runtime-profiles/p",
        "DELETE /v1/admin/runtime-profiles/p",
    ]


@SHARED
def test_a_body_that_violates_the_contract_is_not_sent(server: Server) -> None:
    run = RunRequest(input=RunRequestInput(goal="g"), limits=RunRequestLimits(max_steps=0))
    with DaemonClient(server.url) as daemon, ToolRegistryClient(server.url) as registry:
        with pytest.raises(ArpValidationError, match=r"RunRequest: .* at \$.limits.max_steps"):
            daemon.submit_run(run)
        with pytest.raises(ArpValidationError, match="tool_id"):
            registry.invoke_tool(ToolInvocationRequest(invocation_id="i", args={}))
        with pytest.raises(ArpValidationError, match="body is required"):
            daemon.submit_run(None)  # type: ignore[arg-type]
        with pytest.raises(ArpValidationError):
            daemon.submit_run(InstanceCreateRequest(runtime_profile="p"))  # type: ignore[arg-type]
    assert server.requests == []


def test_the_user_agent_names_the_versions(server: Server, client_kind: Kind) -> None:
    server.plan(json_reply({"runs": []}))
    with DaemonClient(server.url) as daemon:
        daemon.list_runs()
    agent = server.last.headers["User-Agent"]
    library = " requests/2." if client_kind == "threads" else " aiohttp/3."
    assert agent.startswith("arp-daemon/1.")
    assert all(part in agent for part in (" arp-core/1.", " python/3.", library))


def test_headers_of_the_user_are_sent(server: Server) -> None:
    server.plan(json_reply({"runs": []}))
    with DaemonClient(server.url, headers={"User-Agent": "mine", "X-Tenant": "t"}) as daemon:
        daemon.list_runs()
    assert server.last.headers["User-Agent"] == "mine"
    assert server.last.headers["X-Tenant"] == "t"


def test_one_connection_serves_many_calls(server: Server) -> None:
    server.plan(json_reply({"runs": []}))
    with DaemonClient(server.url) as daemon:
        for _ in range(3):
            daemon.list_runs()
    assert server.connections == 1


@SHARED
def test_a_string_enum_is_sent_as_its_value(server: Server) -> None:
    class Goal(str, enum.Enum):
        HELLO = "hello"

    server.plan(json_reply(RUN, 202))
    with DaemonClient(server.url) as daemon:
        daemon.submit_run(RunRequest(input=RunRequestInput(goal=Goal.HELLO)))
    assert server.last.json["input"] == {"goal": "hello"}


def test_a_call_after_close_is_an_arp_error(server: Server) -> None:
    daemon = DaemonClient(server.url)
    daemon.close()
    daemon.close()
    with pytest.raises(ValueError, match="closed"):
        daemon.health()


@SHARED
def test_an_error_names_the_request(server: Server) -> None:
    server.plan(json_reply({}, 404))
    with DaemonClient(server.url) as daemon, pytest.raises(ArpApiError) as caught:
        daemon.list_runs(page_token="confidential")
    assert caught.value.method == "GET"
    assert caught.value.url == f"{server.url}/v1/runs?..."
