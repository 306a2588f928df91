"""The guide names everything of `arp-standard-py` 0.1.0 that is another now, and nothing else."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from migration import environments
from migration.compare import Comparison
from migration.guide import GUIDE, Rule, rules
from migration.surface import Node

pytestmark = pytest.mark.full

RULES = rules(GUIDE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def old() -> Node:
    return environments.surface(environments.old)


@pytest.fixture(scope="module")
def new() -> Node:
    return environments.surface(environments.new)


def test_every_difference_is_in_the_guide(old: Node, new: Node) -> None:
    assert Comparison(old, new, RULES).unexplained == set()


def test_everything_in_the_guide_is_a_difference(old: Node, new: Node) -> None:
    used = Comparison(old, new, RULES).used
    assert [rule.before for rule in RULES if rule not in used] == []


def test_what_the_guide_points_to_is_there(old: Node, new: Node) -> None:
    found = Comparison(old, new, RULES)
    assert {name for rule in RULES for name in rule.now if not found.resolves(name)} == set()


def test_what_is_no_difference_shows(old: Node, new: Node) -> None:
    same = Rule("RunRequestInput.goal", ())
    assert same not in Comparison(old, new, [same, *RULES]).used


@pytest.mark.parametrize("before", ["RunRequest.input_", "<Model>(*)", "HealthStatus", "File"])
def test_what_the_guide_leaves_out_shows(old: Node, new: Node, before: str) -> None:
    others = [rule for rule in RULES if rule.before != before]
    assert len(others) == len(RULES) - 1
    assert Comparison(old, new, others).unexplained


def member(surface: Node, path: str) -> Any:
    for name in path.split("."):
        surface = surface["members"][name]
    return surface


@pytest.mark.parametrize(
    ("parent", "name", "shown"),
    [
        ("models", "RuntimeProfile", "RuntimeProfile"),
        ("models.RunStatus", "ended_at", "RunStatus.ended_at"),
        ("models.RunState", "FAILED", "RunState"),
        ("daemon.DaemonClient", "get_run_trace", "get_run_trace"),
        ("errors.ArpApiError", "details", "ArpApiError.details"),
    ],
)
def test_what_we_lose_shows(old: Node, new: Node, parent: str, name: str, shown: str) -> None:
    changed = copy.deepcopy(new)
    del member(changed, parent)["members"][name]
    unexplained = Comparison(old, changed, RULES).unexplained
    assert any(shown in path or name in path for path in unexplained)


@pytest.mark.parametrize(
    ("path", "facts", "shown"),
    [
        ("models.RunStatus.ended_at", {"type": ["str"]}, "RunStatus.ended_at"),
        ("daemon.DaemonClient.list_instances", {"returns": ["list"]}, "list_instances()"),
        ("daemon.DaemonClient.get_run_status", {"parameters": []}, "get_run_status(run_id=)"),
        ("models.RunState.FAILED", {"kind": "broken"}, "FAILED"),
        ("models.RunState", {"bases": []}, "(str)"),
    ],
)
def test_what_we_change_shows(
    old: Node, new: Node, path: str, facts: dict[str, Any], shown: str
) -> None:
    changed = copy.deepcopy(new)
    member(changed, path).update(facts)
    unexplained = Comparison(old, changed, RULES).unexplained
    assert any(each.endswith(shown) for each in unexplained)
