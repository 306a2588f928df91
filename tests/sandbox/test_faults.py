"""Faults on demand, as a client sees them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from arp_sdk.errors import (
    ArpApiError,
    ArpConnectionError,
    ArpDecodeError,
    ArpTimeoutError,
)
from arp_sdk.models import RunEvent
from arp_sdk.sandbox import Sandbox
from sandbox.exchanges import exchange
from sandbox.runs import ended, run_request
from support.clients import DaemonClient, RuntimeClient, ToolRegistryClient


def test_status(box: Sandbox, daemon: DaemonClient) -> None:
    fault = box.faults.add(operation="submit_run", status=503, retry_after=1, times=2)

    for _ in range(2):
        with pytest.raises(ArpApiError) as caught:
            daemon.submit_run(run_request("hello"))
        assert (caught.value.status_code, caught.value.code) == (503, "sandbox.fault")
        assert caught.value.retry_after == 1.0
    daemon.submit_run(run_request("hello"))

    assert fault.hits == 2
    assert len(daemon.list_runs().runs) == 1


def test_client_that_tries_again(box: Sandbox) -> None:
    fault = box.faults.add(operation="submit_run", status=503, retry_after=0, times=2)

    with DaemonClient(box.daemon_url) as daemon:
        run = daemon.raw.submit_run(run_request("hello"))

    assert run.attempts > 2 and fault.hits == 2


@pytest.mark.parametrize("when", [True, "before"])
def test_reset_before_anything_happens(box: Sandbox, daemon: DaemonClient, when: Any) -> None:
    box.faults.add(operation="submit_run", reset=when, times=1)

    with pytest.raises(ArpConnectionError) as caught:
        daemon.submit_run(run_request("hello"))

    assert caught.value.sent is True
    assert daemon.list_runs().runs == []


def test_reset_after_it_has_happened(box: Sandbox) -> None:
    fault = box.faults.add(operation="submit_run", reset="after", times=1)

    with DaemonClient(box.daemon_url) as daemon:
        run = daemon.submit_run(run_request("hello"))

        assert [known.run_id for known in daemon.list_runs().runs] == [run.run_id]
    assert fault.hits == 1


def test_delay(box: Sandbox) -> None:
    box.faults.add(operation="health", service="daemon", delay=30, times=1)

    with (
        DaemonClient(box.daemon_url, retries=0, timeout=0.05) as daemon,
        pytest.raises(ArpTimeoutError),
    ):
        daemon.health()


def test_delay_before_another_fault(box: Sandbox) -> None:
    box.faults.add(operation="health", delay=0.05, status=500)

    began = time.monotonic()
    response = exchange("GET", f"{box.daemon_url}/v1/health")

    assert response.status == 500
    assert time.monotonic() - began >= 0.05


def test_truncated_answer(box: Sandbox, daemon: DaemonClient) -> None:
    box.faults.add(operation="version", truncate=True)

    with pytest.raises(ArpConnectionError):
        daemon.version()


def test_malformed_answer(box: Sandbox, daemon: DaemonClient) -> None:
    box.faults.add(operation="version", malformed=True, times=1)

    with pytest.raises(ArpDecodeError):
        daemon.version()
    assert daemon.version().service_name == "arp-sandbox-daemon"


def test_answer_without_a_body_cannot_be_malformed(box: Sandbox, daemon: DaemonClient) -> None:
    fault = box.faults.add(operation="delete_instance", malformed=True)

    daemon.delete_instance("inst_1")

    assert fault.hits == 1


@pytest.mark.parametrize("count", [0, 1, 3])
def test_stream_that_drops(box: Sandbox, runtime: RuntimeClient, count: int) -> None:
    run = runtime.create_run(run_request("What is (19*23)?"))
    ended(runtime, run.run_id)
    box.faults.add(drop_stream_after=count, times=1)

    events: list[RunEvent] = []
    with pytest.raises(ArpConnectionError), runtime.stream_run_events(run.run_id) as stream:
        for event in stream:
            events.append(event)

    assert [event.seq for event in events] == list(range(count))
    assert len(list(runtime.stream_run_events(run.run_id))) == 7


def test_service_of_a_fault(
    box: Sandbox, daemon: DaemonClient, tool_registry: ToolRegistryClient
) -> None:
    box.faults.add(service="tool_registry", status=500)

    assert daemon.health().status == "ok"
    with pytest.raises(ArpApiError):
        tool_registry.health()


def test_instances_are_runtimes(box: Sandbox, daemon: DaemonClient) -> None:
    (instance,) = daemon.list_instances().instances
    box.faults.add(service="runtime", operation="health", status=500)

    assert exchange("GET", f"{instance.runtime_api_endpoint}/v1/health").status == 500


def test_faults_in_turn(box: Sandbox) -> None:
    for status in (500, 503, 429):
        box.faults.add(operation="health", status=status, times=1)

    statuses = [exchange("GET", f"{box.daemon_url}/v1/health").status for _ in range(4)]

    assert statuses == [500, 503, 429, 200]


def test_removed_and_cleared(box: Sandbox) -> None:
    url = f"{box.daemon_url}/v1/health"
    first = box.faults.add(operation="health", status=500)
    box.faults.add(operation="health", status=503)

    box.faults.remove(first)
    assert exchange("GET", url).status == 503
    box.faults.clear()
    assert exchange("GET", url).status == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"operation": "nothing", "status": 500},
        {"service": "nothing", "status": 500},
        {"service": "daemon", "operation": "cancel_run", "status": 500},
        {"status": 200},
        {"status": 500, "malformed": True},
        {"reset": True, "truncate": True},
        {"status": 500, "times": 0},
        {"retry_after": 1},
        {"operation": "health", "drop_stream_after": 1},
        {"operation": "stream_run_events", "truncate": True},
    ],
)
def test_fault_that_makes_no_sense(box: Sandbox, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        box.faults.add(**wrong)


def test_nothing_is_said_about_it(
    box: Sandbox, daemon: DaemonClient, capfd: pytest.CaptureFixture[str]
) -> None:
    kinds: list[dict[str, Any]] = [{"reset": True}, {"reset": "after"}, {"truncate": True}]
    for kind in kinds:
        box.faults.add(operation="version", times=1, **kind)
        with pytest.raises(ArpConnectionError):
            daemon.version()
    box.close()

    assert capfd.readouterr() == ("", "")
