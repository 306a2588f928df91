"""The base classes of the services, for our contract and for any other."""

from __future__ import annotations

import inspect
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from arp_sdk.daemon import operations as daemon
from arp_sdk.daemon.server import DaemonService
from arp_sdk.runtime import operations as runtime
from arp_sdk.runtime.server import RuntimeService
from arp_sdk.sandbox import Sandbox
from arp_sdk.tool_registry import operations as tool_registry
from arp_sdk.tool_registry.server import ToolRegistryService
from codegen.places import OURS, PYTHON, environment, source_folders
from codegen.runs import copy_packages, run

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

    assert sorted(base.contract.operations) == sorted(named)
    for method, operation in base.contract.operations.items():
        assert operation is getattr(operations, operation.name.upper())
        is_async = inspect.iscoroutinefunction(getattr(base, method))
        assert is_async is not bool(operation.streams)


@pytest.mark.parametrize("name", SERVICES)
def test_the_sandbox_implements_every_operation(name: str) -> None:
    """A failure names the operations to implement in arp-sandbox."""
    base, _ = SERVICES[name]
    with Sandbox():  # imports the services
        ours = [
            each for each in base.__subclasses__() if each.__module__.startswith("arp_sdk.sandbox")
        ]
        (service,) = ours

    inherited = {name for name in base.contract.operations if name not in vars(service)}

    assert inherited == {"health", "version"}  # arp-server has them


def test_a_stream_can_be_resumed() -> None:
    signature = inspect.signature(RuntimeService.stream_run_events)

    assert list(signature.parameters) == ["self", "run_id", "last_event_id"]
    assert signature.parameters["last_event_id"].kind is inspect.Parameter.KEYWORD_ONLY


def test_services_of_another_contract(kitchen_sink: Path) -> None:
    program = (
        "from acme.depot_2.server import Depot2Service\n"
        "from acme.store.server import StoreService\n"
        "from acme.wild.server import WildService\n"
        "from arp_sdk.server import app\n"
        "for kind in (Depot2Service, StoreService, WildService):\n"
        "    app(kind(), auth=None)\n"
        "    print(kind.__name__, len(kind.contract.operations))"
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


def test_a_document_in_one_piece_is_valid(kitchen_sink: Path) -> None:
    """Nothing in it refers to a file, and its components are those of the contract."""
    documents = [json.loads(each.contract.document()) for each, _ in SERVICES.values()]
    documents += [json.loads(p.read_bytes()) for p in kitchen_sink.rglob("acme/*/openapi.json")]

    assert len(documents) == 6
    for document in documents:
        validate(document)
        references = re.findall(r'"\$ref": "(#?)', json.dumps(document))
        assert references and set(references) == {"#"}


def test_a_new_operation_does_not_break_the_sandbox(tmp_path: Path) -> None:
    contract = shutil.copytree(OURS, tmp_path / "contract")
    document = contract / "openapi" / "daemon.openapi.yaml"
    text = document.read_text(encoding="utf-8")
    document.write_text(text.replace("\ncomponents:\n", NEW_PATH), encoding="utf-8")
    out = tmp_path / "out"
    copy_packages(out, "arp-core", "arp-sandbox", "arp-server")

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
