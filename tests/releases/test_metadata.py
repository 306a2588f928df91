from __future__ import annotations

from typing import Any

import pytest

from releasing.change import Step
from releasing.metadata import metadata_changes

OLD: dict[str, Any] = {
    "requires-python": ">=3.10",
    "dependencies": ["arp-core>=1.0,<2", "requests>=2.32"],
    "optional-dependencies": {"validate": ["jsonschema>=4"]},
    "scripts": {"arp": "arp:main"},
}
STEPS = [
    ({}, None),
    ({"dependencies": ["arp-core>=1.2,<2", "requests>=2.32"]}, Step.MINOR),
    ({"dependencies": ["arp-core>=2.0,<3", "requests>=2.32"]}, Step.MAJOR),
    ({"dependencies": ["requests>=2.32"]}, Step.MAJOR),
    ({"dependencies": ["arp-core>=1.0,<2", "requests>=3"]}, Step.MINOR),
    ({"dependencies": ["arp-core>=1.0,<2", "requests>=2.32", "h11>=1"]}, Step.MINOR),
    ({"optional-dependencies": {}}, Step.MAJOR),
    ({"scripts": {"arp": "arp:main", "arp-more": "arp:more"}}, Step.MINOR),
    ({"requires-python": ">=3.11"}, Step.MINOR),
]


@pytest.mark.parametrize(("change", "step"), STEPS)
def test_the_step_that_a_change_asks_for(change: dict[str, Any], step: Step | None) -> None:
    found = metadata_changes(OLD, {**OLD, **change}, {"arp-core", "arp-daemon"})

    assert [each.step for each in found] == ([] if step is None else [step])
