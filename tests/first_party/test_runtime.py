"""The runtime client against a runtime."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from arp_sdk.errors import ArpApiError
from arp_sdk.models import RunRequest, RunRequestInput, RunState, Status
from first_party import services
from first_party.targets import ended, name_of, only_first_party, per_target
from support.clients import RuntimeClient
from support.server import closed_port


def run_request(goal: str, run_id: str | None = None) -> RunRequest:
    return RunRequest(run_id=run_id or f"run-{uuid4().hex}", input=RunRequestInput(goal=goal))


def test_health(runtime: RuntimeClient, target: str) -> None:
    health = runtime.health()

    assert health.status is Status.OK
    assert health.checks == per_target(target, [], None)


def test_version(runtime: RuntimeClient, target: str) -> None:
    version = runtime.version()

    assert version.service_name == name_of(target, "runtime")
    assert version.supported_api_versions == ["v1"]


def test_create_run(runtime: RuntimeClient) -> None:
    request = run_request("What is (19*23)?")

    status = ended(runtime, runtime.create_run(request))

    assert status.run_id == request.run_id
    assert status.state is RunState.SUCCEEDED
    assert status.started_at is not None and status.ended_at is not None
    assert status.started_at <= status.ended_at
    assert status.started_at.tzinfo is not None
    assert status.runtime_instance_id is None


def test_create_run_without_an_id(runtime: RuntimeClient) -> None:
    status = ended(runtime, runtime.create_run(RunRequest(input=RunRequestInput(goal="hello"))))

    assert status.run_id
    assert runtime.get_run_status(status.run_id) == status


@pytest.mark.parametrize(
    ("goal", "text"), [("What is (19*23)?", "19*23 = 437.0"), ("hello", "Done.")]
)
def test_get_run_result(runtime: RuntimeClient, goal: str, text: str) -> None:
    created = ended(runtime, runtime.create_run(run_request(goal)))

    result = runtime.get_run_result(created.run_id)

    assert result.ok is True
    assert result.run_id == created.run_id
    assert result.error is None
    assert result.output is not None and result.output["final_text"] == text


def test_failed_run(runtime: RuntimeClient) -> None:
    status = ended(runtime, runtime.create_run(run_request("what is love")))
    result = runtime.get_run_result(status.run_id)

    assert status.state is RunState.FAILED
    assert result.ok is False
    assert result.error is not None
    assert result.error.code == "flow.failed"
    assert "tool.invalid_args" in result.error.message


@only_first_party
def test_run_fails_when_the_tool_registry_is_down(services_venv: Path, tmp_path: Path) -> None:
    with (
        services.runtime(services_venv, tmp_path, closed_port()) as service,
        RuntimeClient(service.url) as client,
    ):
        status = client.create_run(run_request("What is (19*23)?"))
        result = client.get_run_result(status.run_id)

    assert status.state is RunState.FAILED
    assert result.error is not None
    assert "Connection refused" in result.error.message


def test_run_id_with_characters_that_need_encoding(runtime: RuntimeClient) -> None:
    run_id = f"{uuid4().hex} a?b#c&d=e+f%41\u00fc:cancel"
    created = ended(runtime, runtime.create_run(run_request("hello", run_id)))

    assert created.run_id == run_id
    assert runtime.get_run_status(run_id) == created
    assert runtime.get_run_result(run_id).run_id == run_id


@only_first_party
def test_refused_run(runtime: RuntimeClient) -> None:
    with pytest.raises(ArpApiError) as caught:
        runtime.create_run(run_request("hello", "x" * 300))

    assert caught.value.status_code == 500
    assert caught.value.code == "internal_error"
    assert "File name too long" in caught.value.message


@pytest.mark.parametrize("operation", ["get_run_status", "get_run_result"])
def test_unknown_run(runtime: RuntimeClient, operation: str) -> None:
    with pytest.raises(ArpApiError) as caught:
        getattr(runtime, operation)("no-such-run")

    assert str(caught.value) == "[404] not_found: Unknown run_id: no-such-run"


def test_cancel_is_refused(runtime: RuntimeClient) -> None:
    created = ended(runtime, runtime.create_run(run_request("hello")))

    with pytest.raises(ArpApiError) as caught:
        runtime.cancel_run(created.run_id)

    assert caught.value.status_code == 409
    assert caught.value.code == "not_cancelable"
    assert caught.value.method == "POST"
    assert caught.value.url is not None
    assert caught.value.url.endswith(f"/v1/runs/{created.run_id}:cancel")


@only_first_party
def test_events_are_not_implemented(runtime: RuntimeClient) -> None:
    created = ended(runtime, runtime.create_run(run_request("hello")))

    with pytest.raises(ArpApiError) as caught:
        list(runtime.stream_run_events(created.run_id))

    assert str(caught.value) == "[501] not_implemented: Run events stream is not implemented."
