"""Another contract becomes packages with a namespace of their own, next to ours."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from codegen.places import CONTRACTS, OURS, PYTHON, REPOSITORY, environment, source_folders
from codegen.recording_server import recording_server
from codegen.runs import copy_packages, mypy, run
from support import environments

ARP_0_3 = REPOSITORY.parent / "shared" / "contract-0.3" / "v1"
PROGRAM = """
import asyncio, sys, typing
from acme.models import Item
from acme.store import AsyncStoreClient, StoreClient
from acme.store.models import Receipt
from arp_sdk.daemon import DaemonClient
from arp_sdk.errors import ArpRunFailed
from arp_sdk.models import RunStatus

item = Item(id="ab", class_="x", tags=[], maybe=None)
with StoreClient(sys.argv[1]) as client:
    print(type(client.put_item(item)) is Receipt)

async def call():
    async with AsyncStoreClient(sys.argv[1]) as client:
        print(type(await client.put_item(item)) is Item)

asyncio.run(call())
with DaemonClient(sys.argv[1]) as daemon:
    print(type(daemon.get_run_status("r")) is RunStatus)
typing.get_type_hints(ArpRunFailed)
"""


# The server sides make applications, and publish valid documents.
SERVED = """
import importlib, json, sys
from openapi_spec_validator import validate
from arp_sdk.server import Service, app
for name in sys.argv[1:]:
    if name != "models":
        module = importlib.import_module(f"arp03.{name}.server")
        (kind,) = (
            each
            for each in vars(module).values()
            if isinstance(each, type) and issubclass(each, Service)
        )
        app(kind(), auth=None)
        validate(json.loads(kind.contract.document()))
        print(kind.__module__ == module.__name__)
"""


def _generate(contract: Path, out: Path, name: str = "acme") -> Path:
    done = run("--spec", contract, "--out", out, "--namespace", name, "--prefix", name)
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.full
def test_it_is_installed_and_called_next_to_ours(tmp_path: Path) -> None:
    out = _generate(CONTRACTS / "kitchen_sink", tmp_path / "out")
    # Built from a copy, so that no build leaves anything in the tree.
    copy_packages(tmp_path / "ours", "arp-core", "arp-daemon")
    clients = out / "packages"
    environment_ = environments.make(tmp_path / "venv")
    environment_.install(
        *sorted((tmp_path / "ours" / "packages").iterdir()),
        clients / "acme-models",
        f"{clients / 'acme-store'}[async]",
        clients / "acme-depot-2",
    )
    item: dict[str, object] = {"id": "ab", "class": "x", "tags": [], "maybe": None}
    with recording_server() as server:
        server.answer(201, b'{"number": 11}')
        server.answer(200, json.dumps(item).encode())
        server.answer(200, b'{"run_id": "r", "state": "queued"}')

        printed = environment_.run(PROGRAM, server.url)

    assert printed.split() == ["True"] * 3
    assert server.requests[0].headers["user-agent"].startswith("acme-store/1.0.0 ")


def test_nothing_in_it_is_ours(tmp_path: Path) -> None:
    out = _generate(CONTRACTS / "kitchen_sink", tmp_path)

    assert {path.name for path in (out / "packages").iterdir()} == {
        "acme-depot-2", "acme-models", "acme-store", "acme-wild",
    }  # fmt: skip
    assert {path.name for path in out.glob("packages/*/src/*")} == {"acme"}
    for path in out.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert "arp_sdk.models" not in text
            assert "Agent Runtime" not in text
            assert "ARP SDK authors" not in text


def test_two_contracts_share_a_workspace(tmp_path: Path) -> None:
    out = _generate(CONTRACTS / "kitchen_sink", tmp_path)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}

    _generate(CONTRACTS / "tiny", out, "acme2")

    after = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    assert {path: after.get(path) for path in before} == before
    assert (out / "packages" / "acme2-shop").is_dir()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--namespace", "acme"), "--prefix: `` is not of the form"),
        (("--prefix", "acme"), "--namespace: `` is not of the form"),
        (("--namespace", "Acme", "--prefix", "acme"), "--namespace: `Acme` is not of the form"),
        (("--namespace", "acme", "--prefix", "a_b"), "--prefix: `a_b` is not of the form"),
        (("--namespace", "arp_sdk", "--prefix", "acme"), "the names of our packages"),
        (("--namespace", "arp_sdk.acme", "--prefix", "acme"), "the names of our packages"),
        (("--namespace", "acme", "--prefix", "arp"), "the names of our packages"),
    ],
)
def test_our_names_stay_ours(arguments: tuple[str, ...], says: str, tmp_path: Path) -> None:
    done = run("--spec", CONTRACTS / "tiny", "--out", tmp_path / "out", *arguments)

    assert done.returncode == 2
    assert says in done.stderr
    assert not (tmp_path / "out").exists()


def test_our_workspace_stays_ours() -> None:
    done = run("--spec", OURS, "--namespace", "acme", "--prefix", "acme")

    assert (done.returncode, "--out: must be another folder" in done.stderr) == (2, True)


@pytest.mark.full
def test_a_later_release_of_the_standard(tmp_path: Path) -> None:
    if not ARP_0_3.is_dir():
        pytest.skip(f"The contract of ARP 0.3 is missing: {ARP_0_3} is not a directory.")
    out = _generate(ARP_0_3, tmp_path / "out", "arp03")
    copy_packages(out, "arp-core", "arp-server")
    packages = sorted(path.parent.name for path in out.glob("packages/*/src/arp03/*/__init__.py"))

    assert len(packages) == 8
    assert mypy(out, tmp_path / "cache", *(f"arp03.{name}" for name in packages)) == ""
    printed = subprocess.check_output(
        [PYTHON, "-c", SERVED, *packages], env=environment(*source_folders(out)), text=True
    )
    assert printed.split() == ["True"] * 7
