"""The server sides are those of the contract, and of any other contract."""

from __future__ import annotations

import inspect
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from arp_sdk.daemon import _operations as daemon
from arp_sdk.runtime import _operations as runtime
from arp_sdk.sandbox._generated import DaemonService, RuntimeService, ToolRegistryService
from arp_sdk.sandbox._http.app import Service
from arp_sdk.tool_registry import _operations as tool_registry
from first_party.environment import REPOSITORY

CONTRACT = REPOSITORY / "codegen" / "spec" / "v1" / "openapi"
KITCHEN_SINK = REPOSITORY / "tests" / "codegen" / "contracts" / "kitchen_sink"

SERVICES: dict[str, tuple[type[Service], object]] = {
    "tool-registry": (ToolRegistryService, tool_registry),
    "runtime": (RuntimeService, runtime),
    "daemon": (DaemonService, daemon),
}


def is_abstract(member: object) -> bool:
    return getattr(member, "__isabstractmethod__", False)


@pytest.mark.parametrize("name", SERVICES)
def test_operations_are_the_contract_s(name: str) -> None:
    service, _ = SERVICES[name]
    text = (CONTRACT / f"{name}.openapi.yaml").read_text(encoding="utf-8")

    named = re.findall(r"^\s*operationId: (\w+)$", text, re.M)

    assert sorted(operation.name for operation in service.operations.values()) == sorted(named)
    assert {name for name, _ in inspect.getmembers(service, is_abstract)} == {*service.operations}


@pytest.mark.parametrize("name", SERVICES)
def test_server_and_client_do_not_drift(name: str) -> None:
    service, of_the_client = SERVICES[name]
    for operation in service.operations.values():
        client_side = getattr(of_the_client, operation.name.upper())
        if operation.streams:
            assert operation.events == client_side.events
        else:
            assert repr(operation) == repr(client_side)


def test_a_stream_can_be_resumed() -> None:
    signature = inspect.signature(RuntimeService.stream_run_events)

    assert list(signature.parameters) == ["self", "run_id", "last_event_id"]
    assert signature.parameters["last_event_id"].kind is inspect.Parameter.KEYWORD_ONLY


@pytest.fixture(scope="module")
def other_contract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of another contract, with the sandbox among them."""
    out = tmp_path_factory.mktemp("other")
    for package in ("arp-core", "arp-sandbox"):
        shutil.copytree(
            REPOSITORY / "packages" / package,
            out / "packages" / package,
            ignore=shutil.ignore_patterns("__pycache__", "_generated"),
        )
    generator = str(REPOSITORY / "codegen" / "generate.py")
    command = [sys.executable, generator, "--spec", str(KITCHEN_SINK), "--out", str(out)]
    subprocess.run(command, check=True)
    return out


def test_services_of_another_contract(other_contract: Path) -> None:
    folder = (
        other_contract / "packages" / "arp-sandbox" / "src" / "arp_sdk" / "sandbox" / "_generated"
    )
    found = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    sources = [str(path) for path in other_contract.glob("packages/*/src")]
    program = (
        "import sys; sys.path[:0] = sys.argv[1:]; import arp_sdk.sandbox._generated as services;"
        "print(len(services.__all__), all(getattr(services, name).operations for name in"
        " services.__all__))"
    )
    imported = subprocess.check_output(
        [sys.executable, "-S", "-c", f"import sys; sys.path += {sys.path!r}; {program}", *sources],
        text=True,
    )

    documents = {path.name.split(".")[0] for path in (KITCHEN_SINK / "openapi").iterdir()}
    assert found == {name.replace("-", "_") for name in documents}
    assert imported == f"{len(documents)} True\n"


def test_server_sides_of_another_contract_are_typed(other_contract: Path) -> None:
    sources = [str(path) for path in sorted(other_contract.glob("packages/*/src"))]
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "-p", "arp_sdk.sandbox._generated"],
        env={"MYPYPATH": ":".join(sources), "PATH": ""},
        cwd=other_contract,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout


def test_none_where_the_sandbox_is_not(tmp_path: Path) -> None:
    generator = str(REPOSITORY / "codegen" / "generate.py")
    command = [sys.executable, generator, "--spec", str(KITCHEN_SINK), "--out", str(tmp_path)]

    subprocess.run(command, check=True)

    assert not (tmp_path / "packages" / "arp-sandbox").exists()
