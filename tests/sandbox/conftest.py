from __future__ import annotations

from collections.abc import Iterator

import pytest

from arp_sdk.sandbox import Sandbox
from support import kinds
from support.clients import DaemonClient, RuntimeClient, ToolRegistryClient
from support.kinds import client_kind, no_leaks  # noqa: F401

CLIENTS = {"DaemonClient", "RuntimeClient", "ToolRegistryClient"}
FIXTURES = {"daemon", "runtime", "tool_registry"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    clients = CLIENTS & vars(metafunc.module).keys() or FIXTURES & set(metafunc.fixturenames)
    if not clients:
        metafunc.definition.add_marker(pytest.mark.threads_only("it has no client"))
    kinds.threads_first(metafunc)


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(latency=0.001) as running:
        yield running


@pytest.fixture
def tool_registry(box: Sandbox) -> Iterator[ToolRegistryClient]:
    with ToolRegistryClient(box.tool_registry_url, retries=0) as client:
        yield client


@pytest.fixture
def runtime(box: Sandbox) -> Iterator[RuntimeClient]:
    with RuntimeClient(box.runtime_url, retries=0) as client:
        yield client


@pytest.fixture
def daemon(box: Sandbox) -> Iterator[DaemonClient]:
    with DaemonClient(box.daemon_url, retries=0) as client:
        yield client
