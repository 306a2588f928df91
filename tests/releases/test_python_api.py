"""What the gate says of changes to Python code: how large the next step has to be."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from releasing.change import Step
from releasing.python_api import python_changes

from .repository import LEFT_OUT, TREE, Repository

CORE = "arp-core/src/arp_sdk/"
CLIENT = "arp-daemon/src/arp_sdk/daemon/_client.py"
RAW = "arp-daemon/src/arp_sdk/daemon/_raw.py"
MODELS = CORE + "models/_daemon.py"

BREAKING = {
    "method gone": (CLIENT, "def list_instances(", "def list_all_instances("),
    "raw method gone": (RAW, "def list_instances(", "def list_all_instances("),
    "argument renamed": (
        CLIENT,
        "def delete_instance(self, instance_id: str)",
        "def delete_instance(self, id: str)",
    ),
    "argument by name only": (
        CLIENT,
        "def delete_instance(self, instance_id",
        "def delete_instance(self, *, instance_id",
    ),
    "argument demanded": (CLIENT, "page_size: int | None = None", "page_size: int | None"),
    "field gone": (MODELS, "    runtime_profile: str\n    count:", "    count:"),
    "field demanded": (
        MODELS,
        "    runtime_profile: str\n    count:",
        "    runtime_profile: str\n    place: str\n    count:",
    ),
    "field demanded that was not": (
        MODELS,
        "count: Annotated[int, OnSend(ge=1)] | None = None",
        "count: Annotated[int, OnSend(ge=1)]",
    ),
    "fields in another order": (
        CORE + "core/_options.py",
        "connect: float = 5.0\n    read: float = 120.0",
        "read: float = 120.0\n    connect: float = 5.0",
    ),
    "enumeration member gone": (MODELS, '    BUSY = "busy"\n', ""),
    "enumeration member of another value": (MODELS, 'BUSY = "busy"', 'BUSY = "occupied"'),
    "name gone": (CORE + "errors/__init__.py", '    "ArpRunFailed",\n', ""),
    "base class gone": (
        CORE + "errors/_base.py",
        "class ArpConnectionError(ArpTransportError",
        "class ArpConnectionError(Exception, BaseException",
    ),
}
ADDING = {
    "method": (
        CLIENT,
        "    def list_instances(",
        "    def ping(self) -> None: ...\n\n    def list_instances(",
    ),
    "argument": (
        CLIENT,
        "def delete_instance(self, instance_id: str)",
        "def delete_instance(self, instance_id: str, now: bool = True)",
    ),
    "default": (CLIENT, "timeout: float | None = 60.0", "timeout: float | None = 61.0"),
    "type of an argument": (
        CLIENT,
        "def delete_instance(self, instance_id: str)",
        "def delete_instance(self, instance_id: str | int)",
    ),
    "type of a result": (CLIENT, "def health(self) -> Health:", "def health(self) -> VersionInfo:"),
    "type of a field": (MODELS, "args: list[str] | None = None", "args: list[int] | None = None"),
    "field": (
        MODELS,
        "    args: list[str] | None = None",
        "    name: str | None = None\n    args: list[str] | None = None",
    ),
    "enumeration member": (MODELS, 'BUSY = "busy"', 'BUSY = "busy"\n    ASLEEP = "asleep"'),
}
UNNOTICED = {
    "words": (CLIENT, "Return the health of the daemon.", "Tell how the daemon is."),
    "private": (CORE + "core/_retry.py", "def ", "def _another() -> None: ...\n\n\ndef "),
    "version": (
        "arp-daemon/src/arp_sdk/daemon/_version.py",
        "__version__ = ",
        "__version__ = '7' + ",
    ),
    "generated table": (
        "arp-daemon/src/arp_sdk/daemon/_operations.py",
        '"/v1/health"',
        '"/v2/health"',
    ),
}


def step_of(path: str, old: str, new: str, tmp_path: Path) -> Step:
    name, _, inside = path.partition("/")
    folder = TREE / "packages" / name
    copied = Repository(shutil.copytree(folder, tmp_path / name, ignore=LEFT_OUT))
    text = copied.read(inside)
    assert old in text
    copied.write(inside, text.replace(old, new, 1))
    found = python_changes(folder / "src", copied.root / "src", "arp_sdk")
    return max((each.step for each in found), default=Step.PATCH)


@pytest.mark.parametrize("change", BREAKING.values(), ids=BREAKING.keys())
def test_what_breaks_programs_is_major(change: tuple[str, str, str], tmp_path: Path) -> None:
    assert step_of(*change, tmp_path) is Step.MAJOR


@pytest.mark.parametrize("change", ADDING.values(), ids=ADDING.keys())
def test_what_is_new_is_minor(change: tuple[str, str, str], tmp_path: Path) -> None:
    assert step_of(*change, tmp_path) is Step.MINOR


@pytest.mark.parametrize("change", UNNOTICED.values(), ids=UNNOTICED.keys())
def test_what_no_program_notices_is_a_patch(change: tuple[str, str, str], tmp_path: Path) -> None:
    assert step_of(*change, tmp_path) is Step.PATCH


def test_a_whole_package_gone_is_major(tmp_path: Path) -> None:
    source = TREE / "packages/arp-core/src"
    copied = shutil.copytree(source, tmp_path / "src", ignore=LEFT_OUT)
    shutil.rmtree(copied / "arp_sdk/errors")

    assert [each.step for each in python_changes(source, copied, "arp_sdk")] == [Step.MAJOR]
    assert [each.step for each in python_changes(copied, source, "arp_sdk")] == [Step.MINOR]
