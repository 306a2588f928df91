"""Workflows of the gateway with the first-party services."""

from __future__ import annotations

from uuid import uuid4

import pytest
from first_party_0_3.targets import ECHO, UNKNOWN, Clients, request
from first_party_0_3.test_operations import node_runs

from arp_sdk.errors import ArpRunFailed
from arp_sdk.v0_3.models import NodeRunState, Run, RunEventType, RunState

pytestmark = pytest.mark.full


def test_run(clients: Clients) -> None:
    gateway, coordinator = clients.run_gateway, clients.run_coordinator
    seen: list[RunState] = []

    status = gateway.run(request(ECHO), timeout=60, on_update=lambda each: seen.append(each.state))
    result = gateway.run(request(ECHO), timeout=60, run_coordinator=coordinator)

    assert status.state is RunState.SUCCEEDED
    assert seen[-1] is RunState.SUCCEEDED
    assert result.outputs == {"echo": "hello"}
    assert coordinator.run(request(ECHO), timeout=60).outputs == {"echo": "hello"}


def test_run_many(clients: Clients) -> None:
    requests = [request(ECHO, input={"echo": text}) for text in ("a", "b", "c")]

    outcomes = list(
        clients.run_gateway.run_many(requests, timeout=60, run_coordinator=clients.run_coordinator)
    )

    found = {outcome.index: outcome.value().outputs for outcome in outcomes}
    assert found == {0: {"echo": "a"}, 1: {"echo": "b"}, 2: {"echo": "c"}}


def test_a_failed_run_has_its_reason(clients: Clients) -> None:
    gateway = clients.run_gateway
    with pytest.raises(ArpRunFailed, match="failed: unknown_node_kind: Unable to resolve"):
        gateway.run(request(UNKNOWN), timeout=60, run_coordinator=clients.run_coordinator)
    assert gateway.run(request(UNKNOWN), timeout=60, check=False).state is RunState.FAILED


@pytest.mark.parametrize("authentication", ["disabled"], indirect=True, scope="session")
def test_a_cancel_is_overtaken(clients: Clients) -> None:
    started = clients.run_gateway.start_run(request())

    canceled = clients.run_gateway.cancel_run(started.run_id)

    assert canceled.state is RunState.CANCELED
    assert clients.run_gateway.wait_for_run(started.run_id, timeout=60).state is RunState.SUCCEEDED


def test_follow(clients: Clients) -> None:
    started = clients.run_gateway.start_run(request(ECHO))

    with clients.run_gateway.follow(
        started.run_id, timeout=60, run_coordinator=clients.run_coordinator
    ) as following:
        kinds = [event.type for event in following]
        result = following.result()

    assert kinds[0] is RunEventType.RUN_STARTED
    assert result.state is NodeRunState.SUCCEEDED
    assert result.node_run_id == started.root_node_run_id


def test_the_events_of_an_unknown_run_are_empty(clients: Clients) -> None:
    assert list(clients.run_gateway.stream_run_events("unknown")) == []


def test_a_repeated_key_returns_the_same_node_run(clients: Clients, ended: Run) -> None:
    body = node_runs(ended)
    body.node_runs[0].idempotency_key = uuid4().hex

    first, second = (clients.run_coordinator.create_node_runs(body) for _ in range(2))

    assert first.node_runs[0].node_run_id == second.node_runs[0].node_run_id


def test_received_extensions_are_sent_back(clients: Clients, ended: Run) -> None:
    (created,) = clients.run_coordinator.create_node_runs(node_runs(ended)).node_runs
    assert created.extensions and not all("." in key for key in created.extensions)

    started = clients.run_gateway.start_run(request(ECHO, extensions=created.extensions))

    ended = clients.run_gateway.wait_for_run(started.run_id, timeout=60)
    assert ended.state is RunState.SUCCEEDED
