from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from first_party_0_3.recipe import tokens_for
from first_party_0_3.services import PROGRAMS, Authentication, running
from first_party_0_3.targets import CLIENTS, Clients, request

from arp_sdk.v0_3.models import NodeRunCompleteRequest, NodeRunTerminalState, Run
from first_party.environment import V0_3, EnvironmentFailedError, services_environment
from support.clients import Kind
from support.issuer import Issuer, issuing
from support.kinds import client_kind, no_leaks, pytest_generate_tests  # noqa: F401


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    with issuing() as running_issuer:
        yield running_issuer


@pytest.fixture(scope="session")
def venv() -> Path:
    try:
        return services_environment(V0_3)
    except EnvironmentFailedError as error:
        pytest.skip(f"the first-party services are missing: {error}")


@pytest.fixture(scope="session", params=["disabled", "required"])
def authentication(request: pytest.FixtureRequest) -> Authentication:
    chosen: Authentication = request.param
    return chosen


@pytest.fixture(scope="session")
def urls(
    venv: Path,
    issuer: Issuer,
    authentication: Authentication,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, str]]:
    """The services' URLs, by name."""
    with running(venv, tmp_path_factory.mktemp("services"), issuer, authentication) as found:
        yield found


@pytest.fixture(scope="session")
def clients(
    client_kind: Kind,  # noqa: F811
    urls: dict[str, str],
    authentication: Authentication,
    issuer: Issuer,
) -> Iterator[Clients]:
    """A client of each service, with a token for it if one is required."""
    tokens = tokens_for(issuer)
    with ExitStack() as stack:
        made = {}
        for name, client in CLIENTS.items():
            auth = tokens(PROGRAMS[name].audience) if authentication == "required" else None
            made[name] = stack.enter_context(client(urls[name], auth=auth))
        yield Clients(**made)


@pytest.fixture(scope="session")
def ended(clients: Clients, authentication: Authentication) -> Run:
    """A run of a composite node that has succeeded."""
    if authentication == "disabled":
        return clients.run_gateway.run(request(), timeout=60)
    # The composite executor has no token for the coordinator: nobody else reports the outcome.
    started = clients.run_gateway.start_run(request())
    done = NodeRunCompleteRequest(state=NodeRunTerminalState.SUCCEEDED)
    clients.run_coordinator.complete_node_run(started.root_node_run_id, done)
    return clients.run_gateway.wait_for_run(started.run_id, timeout=60)
