"""Clients pointed at the wrong place: beside the API, at another service, at nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from arp_sdk.errors import ArpApiError, ArpConnectionError
from arp_sdk.models import RunRequest, RunRequestInput, RunState, RuntimeProfileUpsertRequest
from first_party import services
from first_party.operations import ARGUMENTS, call
from first_party.targets import ended, only_first_party, only_sandbox, per_target
from support.clients import DaemonClient, RuntimeClient, ToolRegistryClient
from support.server import closed_port

CLIENTS: dict[str, Callable[..., AbstractContextManager[object]]] = {
    "tool_registry": ToolRegistryClient,
    "runtime": RuntimeClient,
    "daemon": DaemonClient,
}
OPERATIONS = [(service, operation) for service in ARGUMENTS for operation in ARGUMENTS[service]]


@pytest.fixture(scope="session")
def urls(tool_registry_url: str, runtime_url: str, daemon_url: str) -> dict[str, str]:
    return {"tool_registry": tool_registry_url, "runtime": runtime_url, "daemon": daemon_url}


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_beside_the_api(urls: dict[str, str], service: str, operation: str) -> None:
    with (
        CLIENTS[service](f"{urls[service]}/beside") as client,
        pytest.raises(ArpApiError) as caught,
    ):
        call(client, service, operation)

    assert caught.value.status_code == 404
    assert "not found" in caught.value.message.lower()
    assert caught.value.url is not None
    assert caught.value.url.startswith(f"{urls[service]}/beside/v1/")


@only_sandbox
@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_nothing_listens(service: str, operation: str) -> None:
    with (
        CLIENTS[service](closed_port(), retries=0) as client,
        pytest.raises(ArpConnectionError) as caught,
    ):
        call(client, service, operation)

    assert caught.value.sent is False


@only_first_party
def test_service_that_has_stopped(services_venv: Path, tmp_path: Path) -> None:
    with services.tool_registry(services_venv, tmp_path) as service:
        client = ToolRegistryClient(service.url, retries=0)
        assert client.health().status == "ok"

    with client, pytest.raises(ArpConnectionError):
        client.health()


def test_not_found(daemon_url: str, target: str) -> None:
    with ToolRegistryClient(daemon_url) as client, pytest.raises(ArpApiError) as caught:
        client.list_tools()

    assert caught.value.status_code == 404
    raw = per_target(target, b'{"detail":"Not Found"}', b'{"error":{"code":"route_not_found"')
    assert caught.value.raw.startswith(raw)
    assert "Not Found" in caught.value.message


def test_method_not_allowed_by_the_daemon(daemon_url: str, target: str) -> None:
    with RuntimeClient(daemon_url) as client, pytest.raises(ArpApiError) as caught:
        client.cancel_run("run-1")

    assert caught.value.status_code == 405
    detail = b'{"detail":"Method Not Allowed"}'
    raw = per_target(target, detail, b'{"error":{"code":"method_not_allowed"')
    assert caught.value.raw.startswith(raw)
    assert "Method Not Allowed" in caught.value.message
    assert caught.value.headers["Allow"] == per_target(target, "GET", "GET, HEAD, OPTIONS")


def test_method_not_allowed_by_the_runtime(runtime_url: str, target: str) -> None:
    with DaemonClient(runtime_url) as client, pytest.raises(ArpApiError) as caught:
        client.list_runs()

    code = per_target(target, "http_error", "method_not_allowed")
    assert str(caught.value).startswith(f"[405] {code}: Method Not Allowed")


@only_first_party
def test_html_page_in_answer_to_a_delete(tool_registry_url: str) -> None:
    with DaemonClient(tool_registry_url) as client, pytest.raises(ArpApiError) as caught:
        client.delete_instance("inst-1")

    assert caught.value.status_code == 501
    assert caught.value.headers["content-type"].startswith("text/html")
    assert "Unsupported method" in caught.value.message


@only_first_party
def test_html_page_in_answer_to_a_put(tool_registry_url: str) -> None:
    with DaemonClient(tool_registry_url) as client, pytest.raises(ArpApiError) as caught:
        client.upsert_runtime_profile("profile-1", RuntimeProfileUpsertRequest())

    assert caught.value.status_code == 501
    assert "Unsupported method" in caught.value.message


@pytest.mark.usefixtures("managed")
def test_success_with_the_other_service_s_status(
    daemon: DaemonClient, runtime: RuntimeClient, daemon_url: str, runtime_url: str
) -> None:
    request = RunRequest(input=RunRequestInput(goal="hello"))

    with DaemonClient(runtime_url) as client:
        answered_with_200 = ended(client, client.submit_run(request))
    with RuntimeClient(daemon_url) as client_of_daemon:
        answered_with_202 = ended(client_of_daemon, client_of_daemon.create_run(request))

    assert answered_with_200.state is RunState.SUCCEEDED
    assert runtime.get_run_status(answered_with_200.run_id) == answered_with_200
    assert daemon.get_run_status(answered_with_202.run_id) == answered_with_202
