from __future__ import annotations

from collections.abc import Iterator

import pytest

from arp_sdk.daemon import DaemonClient
from arp_sdk.runtime import RuntimeClient
from arp_sdk.sandbox import Sandbox
from arp_sdk.tool_registry import ToolRegistryClient


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
