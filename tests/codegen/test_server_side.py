"""The base classes of the services, for our contract and for any other."""

from __future__ import annotations

import inspect
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from arp_sdk.daemon import operations as daemon
from arp_sdk.runtime import operations as runtime
from arp_sdk.sandbox import Sandbox
from arp_sdk.sandbox._generated import DaemonService, RuntimeService, ToolRegistryService
from arp_sdk.tool_registry import operations as tool_registry
from codegen.places import CONTRACTS, OURS, PYTHON, environment, source_folders
from codegen.runs import copy_packages, manifest, run

SERVICES: dict[str, tuple[Any, Any]] = {
    "tool-registry": (ToolRegistryService, tool_registry),
    "runtime": (RuntimeService, runtime),
    "daemon": (DaemonService, daemon),
}
NEW_PATH = """
  /v1/news:
    get:
      operationId: read_news
      responses: {"204": {description: Nothing is new.}}
components:
"""


@pytest.mark.parametrize("name", SERVICES)
def test_a_base_class_has_the_operations_of_the_client(name: str) -> None:
    base, operations = SERVICES[name]
    text = (OURS / "openapi" / f"{name}.openapi.yaml").read_text(encoding="utf-8")

    named = re.findall(r"^\s*operationId: (\w+)$", text, re.MULTILINE)

    assert sorted(base.operations) == sorted(named)
    for method, operation in base.operations.items():
        assert operation is getattr(operations, operation.name.upper())
        assert inspect.iscoroutinefunction(getattr(base, method))


@pytest.mark.parametrize("name", SERVICES)
def test_the_sandbox_implements_every_operation(name: str) -> None:
    """A failure names the operations to implement in arp-sandbox."""
    base, _ = SERVICES[name]
    with Sandbox():  # imports the services
        (service,) = base.__subclasses__()

    missing = [
        method for method in base.operations if getattr(service, method) is getattr(base, method)
    ]

    assert missing == []


def test_a_stream_can_be_resumed() -> None:
    signature = inspect.signature(RuntimeService.stream_run_events)

    assert list(signature.parameters) == ["self", "run_id", "last_event_id"]
    assert signature.parameters["last_event_id"].kind is inspect.Parameter.KEYWORD_ONLY


def test_services_of_another_contract(kitchen_sink: Path) -> None:
    program = (
        "import arp_sdk.sandbox._generated as services\n"
        "for name in services.__all__:\n"
        "    print(name, len(getattr(services, name).operations))"
    )
    printed = subprocess.check_output(
        [PYTHON, "-c", program], env=environment(*source_folders(kitchen_sink)), text=True
    )

    assert [line.split()[0] for line in printed.splitlines()] == [
        "Depot2Service",
        "StoreService",
        "WildService",
    ]
    assert all(int(line.split()[1]) > 3 for line in printed.splitlines())


def test_a_new_service_needs_to_be_listed_and_required(tmp_path: Path) -> None:
    contract = shutil.copytree(OURS, tmp_path / "contract")
    shutil.copy(CONTRACTS / "fourth" / "weather-station.openapi.yaml", contract / "openapi")
    out = tmp_path / "out"
    copy_packages(out, "arp-sandbox")
    served = ["daemon", "runtime", "tool-registry"]
    generated = out / "packages" / "arp-sandbox" / "src" / "arp_sdk" / "sandbox" / "_generated"

    assert run("--spec", contract, "--out", out).returncode == 0
    assert {path.stem for path in generated.glob("*.py")} == {
        "__init__", "daemon", "runtime", "tool_registry",
    }  # fmt: skip

    listed = manifest(tmp_path, server_side={"services": [*served, "weather-station"]})
    done = run("--spec", contract, "--out", out, "--manifest", listed)

    assert done.returncode == 2
    assert done.stderr == (
        "error: packages/arp-sandbox/pyproject.toml: add arp-weather-station to `dependencies`: "
        "the server side of `weather-station` imports arp_sdk.weather_station.operations\n"
    )


def test_a_new_operation_does_not_break_the_sandbox(tmp_path: Path) -> None:
    contract = shutil.copytree(OURS, tmp_path / "contract")
    document = contract / "openapi" / "daemon.openapi.yaml"
    text = document.read_text(encoding="utf-8")
    document.write_text(text.replace("\ncomponents:\n", NEW_PATH), encoding="utf-8")
    out = tmp_path / "out"
    copy_packages(out, "arp-core", "arp-sandbox")

    assert run("--spec", contract, "--out", out).returncode == 0

    program = (
        "from arp_sdk.daemon import DaemonClient\n"
        "from arp_sdk.errors import ArpApiError\n"
        "from arp_sdk.sandbox import Sandbox\n"
        "with Sandbox() as sandbox, DaemonClient(sandbox.daemon_url, retries=0) as client:\n"
        "    print(client.health().status)\n"
        "    try:\n"
        "        client.read_news()\n"
        "    except ArpApiError as error:\n"
        "        print(error.status_code, error.code)\n"
    )
    printed = subprocess.check_output(
        [PYTHON, "-c", program], env=environment(*source_folders(out)), text=True
    )

    assert printed == "ok\n501 not_implemented\n"
