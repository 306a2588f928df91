from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from arp_sdk.models import InstanceCreateRequest, InstanceRegisterRequest, RuntimeInstance
from arp_sdk.sandbox import Sandbox
from first_party import services
from first_party.environment import EnvironmentFailedError, services_environment
from first_party.targets import SANDBOX, TARGETS
from support import kinds
from support.clients import DaemonClient, Kind, RuntimeClient, ToolRegistryClient
from support.kinds import client_kind, no_leaks  # noqa: F401
from support.server import closed_port

RUN_LATENCY = 0.001
CLIENTS = {"DaemonClient", "RuntimeClient", "ToolRegistryClient"}
FIXTURES = {"daemon", "runtime", "tool_registry"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if not (CLIENTS & vars(metafunc.module).keys() or FIXTURES & set(metafunc.fixturenames)):
        metafunc.definition.add_marker(pytest.mark.threads_only("it has no client"))
    kinds.threads_first(metafunc)


@pytest.fixture(scope="session", params=TARGETS)
def target(request: pytest.FixtureRequest) -> str:
    """The services that the test runs against."""
    name: str = request.param
    return name


@pytest.fixture(autouse=True)
def _has_a_target(target: str) -> None:
    """Parametrize each test, so that `only_first_party` and `only_sandbox` apply to it."""


@pytest.fixture(scope="session")
def box() -> Iterator[Sandbox]:
    with Sandbox(latency=RUN_LATENCY, instances=0) as running:
        yield running


@pytest.fixture(scope="session")
def services_venv() -> Path:
    try:
        return services_environment()
    except EnvironmentFailedError as error:
        pytest.skip(f"the first-party services are missing: {error}")


@pytest.fixture(scope="session")
def services_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("services")


@pytest.fixture(scope="session")
def first_party_tool_registry(
    services_venv: Path, services_folder: Path
) -> Iterator[services.Service]:
    with services.tool_registry(services_venv, services_folder / "tool-registry") as service:
        yield service


@pytest.fixture(scope="session")
def first_party_runtime(
    services_venv: Path, services_folder: Path, first_party_tool_registry: services.Service
) -> Iterator[services.Service]:
    folder = services_folder / "runtime"
    with services.runtime(services_venv, folder, first_party_tool_registry.url) as service:
        yield service


@pytest.fixture(scope="session")
def first_party_daemon(
    services_venv: Path, services_folder: Path, first_party_tool_registry: services.Service
) -> Iterator[services.Service]:
    folder = services_folder / "daemon"
    with services.daemon(services_venv, folder, first_party_tool_registry.url) as service:
        yield service


@pytest.fixture(scope="session")
def tool_registry_url(target: str, request: pytest.FixtureRequest) -> str:
    return url(target, request, "tool_registry")


@pytest.fixture(scope="session")
def runtime_url(target: str, request: pytest.FixtureRequest) -> str:
    return url(target, request, "runtime")


@pytest.fixture(scope="session")
def daemon_url(target: str, request: pytest.FixtureRequest) -> str:
    return url(target, request, "daemon")


def url(target: str, request: pytest.FixtureRequest, service: str) -> str:
    """Return the address of a service of the target, and start that service if needed."""
    if target == SANDBOX:
        found: str = getattr(request.getfixturevalue("box"), f"{service}_url")
    else:
        found = request.getfixturevalue(f"first_party_{service}").url
    return found


@pytest.fixture(scope="session")
def tool_registry(client_kind: Kind, tool_registry_url: str) -> Iterator[ToolRegistryClient]:  # noqa: F811
    with ToolRegistryClient(tool_registry_url) as client:
        yield client


@pytest.fixture(scope="session")
def runtime(client_kind: Kind, runtime_url: str) -> Iterator[RuntimeClient]:  # noqa: F811
    with RuntimeClient(runtime_url) as client:
        yield client


@pytest.fixture(scope="session")
def daemon(client_kind: Kind, daemon_url: str) -> Iterator[DaemonClient]:  # noqa: F811
    with DaemonClient(daemon_url) as client:
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
    endpoint = closed_port()
    registered = daemon.register_instance(
        InstanceRegisterRequest(runtime_api_endpoint=endpoint, runtime_profile="dead")
    )
    yield registered.instance
    daemon.delete_instance(registered.instance.instance_id)


@pytest.fixture
def new_instances(daemon: DaemonClient) -> Iterator[None]:
    """Delete what a program has created, also after a failure."""
    before = {instance.instance_id for instance in daemon.list_instances().instances}
    yield
    for instance in daemon.list_instances().instances:
        if instance.instance_id not in before:
            daemon.delete_instance(instance.instance_id)
