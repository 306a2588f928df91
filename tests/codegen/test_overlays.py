"""An overlay adds what a contract does not say, without editing it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from codegen.mutation import MANIFEST
from codegen.test_workflows import DOCUMENT, WORK, at, contract
from pipeline import ir
from pipeline.errors import ContractError
from pipeline.load.documents import load_contract
from pipeline.load.references import Library
from pipeline.read.contract import read_contract

EXTENSION = {"x-arp-long-running": at(DOCUMENT, WORK)}


def overlay(folder: Path, **changes: Any) -> Path:
    """Write an overlay that gives the document its extension."""
    action = {"target": "$.paths['/jobs'].post", "update": EXTENSION}
    content = {
        "overlay": "1.0.0",
        "info": {"title": "Workflows", "version": "1"},
        "extends": "jobs.openapi.yaml",
        "actions": [action],
        **changes,
    }
    path = folder / "jobs.overlay.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A contract without extensions."""
    document = copy.deepcopy(DOCUMENT)
    del at(document, "paths /jobs post")["x-arp-long-running"]
    return contract(document, tmp_path)


def test_an_overlay_adds_a_workflow(plain: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in plain.rglob("*.yaml")}

    api = read_contract(Library(load_contract(plain, (overlay(tmp_path),))), MANIFEST)

    workflows = [type(each) for each in api.services[0].workflows]
    assert sorted(each.__name__ for each in workflows) == ["LongRunning", "Pageable"]
    assert {path: path.read_bytes() for path in plain.rglob("*.yaml") if path in before} == before
    without = read_contract(Library(load_contract(plain)), MANIFEST).services[0]
    assert [type(each) for each in without.workflows] == [ir.Pageable]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"extends": "other.openapi.yaml"}, "#/extends: names no document"),
        ({"overlay": "2.0.0"}, "is not an overlay of version 1"),
        ({"actions": {}}, "is not an overlay of version 1"),
        ({"actions": [{"target": "$.paths.nowhere"}]}, "#/actions/0/target: matches nothing"),
        ({"actions": [{"update": {}}]}, "#/actions/0: needs `target`"),
    ],
)
def test_a_mistake_is_named(plain: Path, tmp_path: Path, changes: Any, says: str) -> None:
    with pytest.raises(ContractError, match=f"jobs.overlay.yaml.*{says}"):
        read_contract(Library(load_contract(plain, (overlay(tmp_path, **changes),))), MANIFEST)
