from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from arp_sdk.daemon import DaemonClient
from arp_sdk.models import InstanceCreateRequest, InstanceRegisterRequest, RuntimeInstance
from arp_sdk.runtime import RuntimeClient
from arp_sdk.tool_registry import ToolRegistryClient
from first_party import services
from first_party.environment import services_environment
from first_party.operations import (
    DESELECTED,
    RecordedDaemonClient,
    RecordedRuntimeClient,
    RecordedToolRegistryClient,
)

FOLDER = Path(__file__).parent
LAST = FOLDER / "test_every_operation.py"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path == LAST)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    DESELECTED.extend(item.nodeid for item in items if item.path.parent == FOLDER)


@pytest.fixture(scope="session")
def services_venv() -> Path:
    return services_environment()


@pytest.fixture(scope="session")
def services_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("services")


@pytest.fixture(scope="session")
def tool_registry_service(services_venv: Path, services_folder: Path) -> Iterator[services.Service]:
    with services.tool_registry(services_venv, services_folder / "tool-registry") as service:
        yield service


@pytest.fixture(scope="session")
def runtime_service(
    services_venv: Path, services_folder: Path, tool_registry_url: str
) -> Iterator[services.Service]:
    folder = services_folder / "runtime"
    with services.runtime(services_venv, folder, tool_registry_url) as service:
        yield service


@pytest.fixture(scope="session")
def daemon_service(
    services_venv: Path, services_folder: Path, tool_registry_url: str
) -> Iterator[services.Service]:
    folder = services_folder / "daemon"
    with services.daemon(services_venv, folder, tool_registry_url) as service:
        yield service


@pytest.fixture(scope="session")
def tool_registry_url(tool_registry_service: services.Service) -> str:
    return tool_registry_service.url


@pytest.fixture(scope="session")
def runtime_url(runtime_service: services.Service) -> str:
    return runtime_service.url


@pytest.fixture(scope="session")
def daemon_url(daemon_service: services.Service) -> str:
    return daemon_service.url


@pytest.fixture(scope="session")
def tool_registry(tool_registry_url: str) -> Iterator[ToolRegistryClient]:
    with RecordedToolRegistryClient(tool_registry_url) as client:
        yield client


@pytest.fixture(scope="session")
def runtime(runtime_url: str) -> Iterator[RuntimeClient]:
    with RecordedRuntimeClient(runtime_url) as client:
        yield client


@pytest.fixture(scope="session")
def daemon(daemon_url: str) -> Iterator[DaemonClient]:
    with RecordedDaemonClient(daemon_url) as client:
        yield client


@pytest.fixture(scope="session")
def managed(daemon: DaemonClient) -> Iterator[RuntimeInstance]:
    """An instance that the daemon has started itself, of the profile `default`."""
    created = daemon.create_instances(InstanceCreateRequest(runtime_profile="default", count=1))
    (instance,) = created.instances
    yield instance
    daemon.delete_instance(instance.instance_id)


@pytest.fixture(scope="session")
def external(daemon: DaemonClient, runtime_url: str) -> Iterator[RuntimeInstance]:
    """The separately started runtime, registered with the daemon under the profile `external`."""
    registered = daemon.register_instance(
        InstanceRegisterRequest(runtime_api_endpoint=runtime_url, runtime_profile="external")
    )
    yield registered.instance
    daemon.delete_instance(registered.instance.instance_id)


@pytest.fixture
def dead(daemon: DaemonClient) -> Iterator[RuntimeInstance]:
    """A registered endpoint, of the profile `dead`, at which nothing listens."""
    endpoint = f"http://127.0.0.1:{services.free_port()}"
    registered = daemon.register_instance(
        InstanceRegisterRequest(runtime_api_endpoint=endpoint, runtime_profile="dead")
    )
    yield registered.instance
    daemon.delete_instance(registered.instance.instance_id)
