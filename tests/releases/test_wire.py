"""What the gate says of changes to the contract."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.load.manifest import read_manifest
from pipeline.read.contract import Api
from releasing.change import Change, Step
from releasing.wire import read_api, wire_changes

from .repository import TREE, Repository

SPEC = TREE / "codegen/spec/v1"
DAEMON = "openapi/daemon.openapi.yaml"
CREATE = "schemas/daemon/instances/instance_create_request.schema.json"
INSTANCE = "schemas/daemon/instances/runtime_instance.schema.json"
STATE = "schemas/daemon/instances/instance_state.schema.json"
COUNT = '"type": "integer",\n      "minimum": 1,'

BREAKING = {
    "operation renamed": (DAEMON, "operationId: version\n", "operationId: about\n"),
    "path": (DAEMON, "  /v1/version:", "  /v1/about:"),
    "status": (DAEMON, '"202":', '"201":'),
    "parameter renamed": (DAEMON, "page_size", "size"),
    "parameter demanded": (
        DAEMON,
        "required: false\n          schema:\n            type: integer",
        "required: true\n          schema:\n            type: integer",
    ),
    "narrower bound": (DAEMON, "maximum: 1000", "maximum: 100"),
    "new bound": (CREATE, COUNT, COUNT + '\n      "maximum": 8,'),
    "credentials demanded": (DAEMON, "tags: [health]\n      security: []", "tags: [health]"),
    "sent property demanded": (CREATE, '"required": [', '"required": [\n    "metadata",'),
    "sent property gone": (CREATE, '"env": {', '"environment": {'),
    "sent items of another type": (
        CREATE,
        '"items": {\n            "type": "string"',
        '"items": {\n            "type": "integer"',
    ),
    "read property gone": (INSTANCE, '"runtime_name": {', '"software": {'),
    "read property no longer sure": (INSTANCE, '    "instance_id",\n    "state"', '    "state"'),
    "read property of another type": (INSTANCE, '"type": "boolean"', '"type": "string"'),
    "read property may be null": (INSTANCE, '"type": "boolean"', '"type": ["boolean", "null"]'),
    "value renamed": (STATE, '"stopped"', '"halted"'),
}
ADDING = {
    "wider bound": (DAEMON, "maximum: 1000", "maximum: 5000"),
    "bound gone": (CREATE, COUNT, '"type": "integer",'),
    "more may be sent": (
        CREATE,
        '"type": "integer",\n      "minimum": 1',
        '"type": "number",\n      "minimum": 1',
    ),
    "sent property no longer demanded": (CREATE, '    "runtime_profile"\n', ""),
    "optional property": (
        CREATE,
        '"env": {',
        '"nice": {"type": "integer", "description": "How nice."},\n        "env": {',
    ),
    "read property now sure": (INSTANCE, '    "state",', '    "state",\n    "managed",'),
    "value": (STATE, '"stopped",', '"stopped",\n    "asleep",'),
}


def changes(
    path: str, old: str, new: str, tmp_path: Path, *, only_models: bool = False
) -> list[Change]:
    copied = Repository(shutil.copytree(SPEC, tmp_path / "v1"))
    copied.edit(path, old, new)
    return wire_changes(read(SPEC), read(copied.root), only_models=only_models)


def read(folder: Path) -> Api:
    return read_api(folder, read_manifest(TREE / "codegen/manifest.yaml"))


@pytest.mark.parametrize("change", BREAKING.values(), ids=BREAKING.keys())
def test_what_breaks_an_exchange_is_major(change: tuple[str, str, str], tmp_path: Path) -> None:
    assert Step.MAJOR in [each.step for each in changes(*change, tmp_path)]


@pytest.mark.parametrize("change", ADDING.values(), ids=ADDING.keys())
def test_what_only_gives_more_is_minor(change: tuple[str, str, str], tmp_path: Path) -> None:
    assert {each.step for each in changes(*change, tmp_path)} == {Step.MINOR}


def test_words_are_no_change(tmp_path: Path) -> None:
    assert changes(DAEMON, "Launch new runtime instances.", "Launch some.", tmp_path) == []


def test_the_place_is_named(tmp_path: Path) -> None:
    (found,) = changes(CREATE, COUNT, '"type": "integer",\n      "minimum": 2,', tmp_path)

    assert found.what == "InstanceCreateRequest.count, where it is sent: bound ge of 1 became 2"


def test_a_service_sees_its_own_changes_only(tmp_path: Path) -> None:
    copied = Repository(shutil.copytree(SPEC, tmp_path / "v1"))
    copied.edit(CREATE, '"env": {', '"environment": {')
    old, new = read(SPEC), read(copied.root)

    assert wire_changes(old, new, ["arp-daemon"])
    assert wire_changes(old, new, ["arp-runtime"]) == []


def test_models_alone_do_not_change_with_an_operation(tmp_path: Path) -> None:
    gone = changes(DAEMON, '"202":', '"201":', tmp_path / "a", only_models=True)
    model = changes(CREATE, '"env": {', '"environment": {', tmp_path / "b", only_models=True)

    assert gone == []
    assert [each.step for each in model] == [Step.MAJOR, Step.MINOR]
