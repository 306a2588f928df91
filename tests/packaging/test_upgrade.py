"""From `arp-standard-py` 0.1.0 to ours, by the commands of docs/migrating.md."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from support.environments import Environment

from .archives import Wheel, third_party
from .sources import REPOSITORY

pytestmark = pytest.mark.full

IMPORT = "from arp_sdk.daemon import DaemonClient; print(DaemonClient.__name__)"
PIP = "python3 -m pip "


def commands() -> list[list[str]]:
    """The commands of each block of the guide."""
    text = (REPOSITORY / "docs" / "migrating.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```bash\n(.*?)^```$", text, re.M | re.S)
    return [block.splitlines() for block in blocks]


@pytest.fixture
def with_0_1_0(own_environment: Environment, wheels: list[Wheel]) -> Environment:
    own_environment.install("arp-standard-py==0.1.0", *third_party(wheels))
    return own_environment


def follow(environment: Environment, lines: list[str], wheelhouse: Path) -> None:
    """Run pip commands, with our own distributions from the wheelhouse."""
    for line in lines:
        assert line.startswith(PIP)
        action, *rest = shlex.split(line.removeprefix(PIP))
        links = ("--no-index", "--find-links", wheelhouse) if action == "install" else ()
        environment.pip(action, *links, *rest)


def test_to_remove_first_is_enough(with_0_1_0: Environment, wheelhouse: Path) -> None:
    follow(with_0_1_0, commands()[0], wheelhouse)
    assert with_0_1_0.run(IMPORT) == "DaemonClient"


def test_an_upgrade_in_place_is_repaired(with_0_1_0: Environment, wheelhouse: Path) -> None:
    follow(with_0_1_0, [f"{PIP}install --upgrade arp-standard-py"], wheelhouse)
    assert "cannot import name 'DaemonClient'" in with_0_1_0.attempt(IMPORT).stderr
    follow(with_0_1_0, commands()[1], wheelhouse)
    assert with_0_1_0.run(IMPORT) == "DaemonClient"


def test_uv_upgrades_in_place(with_0_1_0: Environment, wheelhouse: Path) -> None:
    links = ("--no-index", "--find-links", wheelhouse)
    with_0_1_0.install(*links, "--upgrade", "arp-standard-py")
    assert with_0_1_0.run(IMPORT) == "DaemonClient"
