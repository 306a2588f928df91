"""The sandbox sends its token to its own services, and no credentials to any other."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from arp_sdk.models import (
    InstanceCreateRequest,
    InstanceCreateRequestOverrides,
    InstanceRegisterRequest,
    RuntimeProfileUpsertRequest,
)
from arp_sdk.sandbox import Sandbox
from sandbox.runs import ended, run_request
from support.clients import DaemonClient
from support.server import Received, Reply, Server, json_reply

TOKEN = "secret-of-the-user"


def respond(request: Received) -> Reply:
    """Play a runtime and a tool registry."""
    time = datetime.now(timezone.utc).isoformat()
    if request.target.endswith("/version"):
        return json_reply(
            {"service_name": "x", "service_version": "1", "supported_api_versions": ["v1"]}
        )
    if request.target == "/v1/runs":
        return json_reply({"run_id": request.json["run_id"], "state": "running"})
    if request.target.endswith("/result"):
        return json_reply({"run_id": request.target.split("/")[3], "ok": True})
    if request.target.startswith("/v1/runs/"):
        run = {"run_id": request.target.split("/")[3], "state": "succeeded", "ended_at": time}
        return json_reply(run)
    if request.target == "/v1/tools":
        return json_reply([])
    return json_reply({"invocation_id": request.json["invocation_id"], "ok": True, "result": {}})


@pytest.fixture(params=["environment", "argument", "both"])
def guarded(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    if request.param != "argument":
        monkeypatch.setenv("ARP_TOKEN", TOKEN)
    token = None if request.param == "environment" else TOKEN
    with Sandbox(latency=0, token=token) as box:
        yield box


@pytest.fixture
def daemon(guarded: Sandbox) -> Iterator[DaemonClient]:
    with DaemonClient(guarded.daemon_url, auth=TOKEN, retries=0) as client:
        yield client


def test_registered_runtime(daemon: DaemonClient, server: Server) -> None:
    server.plan(respond)
    request = InstanceRegisterRequest(runtime_api_endpoint=server.url)
    instance, _ = [daemon.register_instance(request).instance for _ in range(2)]
    run = daemon.submit_run(run_request("x", instance_id=instance.instance_id))
    ended(daemon, run.run_id)
    assert daemon.get_run_result(run.run_id).ok is True

    assert len(server.requests) >= 5
    assert not [request for request in server.requests if TOKEN in str(request.headers)]


def test_runtime_of_a_selector(daemon: DaemonClient, server: Server) -> None:
    server.plan(respond)
    run = daemon.submit_run(run_request("x", runtime_api_endpoint=server.url))
    ended(daemon, run.run_id)

    assert not [request for request in server.requests if TOKEN in str(request.headers)]


@pytest.mark.parametrize("place", ["profile", "override"])
def test_tool_registry(daemon: DaemonClient, server: Server, place: str) -> None:
    server.plan(respond)
    defaults = {"tool_registry_url": server.url} if place == "profile" else {}
    profile = RuntimeProfileUpsertRequest.from_dict({"description": "x", "defaults": defaults})
    daemon.upsert_runtime_profile("mine", profile)
    overrides = InstanceCreateRequestOverrides(tool_registry_url=server.url)
    daemon.create_instances(
        InstanceCreateRequest(
            runtime_profile="mine", overrides=overrides if place == "override" else None
        )
    )
    run = daemon.submit_run(run_request("call anything", runtime_profile="mine"))

    assert ended(daemon, run.run_id).state == "succeeded"
    assert [request.target for request in server.requests] == ["/v1/tool-invocations"]
    assert TOKEN not in str(server.last.headers)


def test_netrc_is_for_other_machines(
    daemon: DaemonClient, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"default login user password {TOKEN}\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    server.plan(respond)
    daemon.register_instance(InstanceRegisterRequest(runtime_api_endpoint=server.url))

    assert "authorization" not in {name.lower() for name in server.last.headers}


def test_own_services_get_the_token(guarded: Sandbox, daemon: DaemonClient) -> None:
    (managed,) = daemon.list_instances().instances
    for endpoint in (guarded.runtime_url, managed.runtime_api_endpoint):
        run = daemon.submit_run(run_request("hello", runtime_api_endpoint=endpoint))
        assert ended(daemon, run.run_id).state == "succeeded"
    profile = RuntimeProfileUpsertRequest.from_dict(
        {"defaults": {"tool_registry_url": guarded.tool_registry_url}}
    )
    daemon.upsert_runtime_profile("mine", profile)
    daemon.create_instances(InstanceCreateRequest(runtime_profile="mine"))
    run = daemon.submit_run(run_request("echo x", runtime_profile="mine"))
    assert ended(daemon, run.run_id).state == "succeeded"


def test_port_of_an_ended_instance_gets_no_token(guarded: Sandbox, daemon: DaemonClient) -> None:
    (managed,) = daemon.list_instances().instances
    endpoint = managed.runtime_api_endpoint
    daemon.submit_run(run_request("hello", runtime_api_endpoint=endpoint))
    guarded.stop_instance(managed.instance_id)
    server = _server_at(endpoint)
    try:
        server.plan(respond)
        daemon.submit_run(run_request("hello", runtime_api_endpoint=endpoint))

        assert server.targets == ["POST /v1/runs"]
        assert TOKEN not in str(server.last.headers)
    finally:
        server.stop()


def _server_at(url: str) -> Server:
    port = int(url.rpartition(":")[2])
    with pytest.MonkeyPatch.context() as patch:
        create = socket.create_server
        patch.setattr(socket, "create_server", lambda _: create(("127.0.0.1", port)))
        return Server()


def test_unauthorized_elsewhere_is_not_the_client_s_fault(
    daemon: DaemonClient, server: Server
) -> None:
    server.plan(json_reply({"error": {"code": "unauthorized", "message": "who?"}}, 401))
    with pytest.raises(Exception, match=r"\[502\] unauthorized"):
        daemon.submit_run(run_request("x", runtime_api_endpoint=server.url))


def test_settings_do_not_show_the_token(guarded: Sandbox) -> None:
    assert TOKEN not in repr(guarded._settings)
