"""The commands of docs/command-line.md, in a terminal, word for word."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from arp_sdk.sandbox import Sandbox

from .driving import PROGRAM, Terminal

PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"
# They install, or run until Ctrl-C.
NOT_HERE = ("pip install",)
BLOCKS = [
    (commands, printed)
    for commands, printed in re.findall(
        r"^```bash\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?", PAGE.read_text("utf-8"), re.M | re.S
    )
    if not any(word in commands for word in NOT_HERE)
]
HERE = Path(PROGRAM[0]).parent


@pytest.mark.full
@pytest.mark.skipif(not (HERE / "arp").exists(), reason="arp is not installed: hatch run sync")
def test_every_command_works(box: Sandbox, tmp_path: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash: apt-get install bash")
    # A current context would hide the services, so the addresses are in the environment.
    env = {
        **box.environment,
        "ARP_CONFIG": str(tmp_path / "config.toml"),
        "PATH": f"{HERE}{os.pathsep}{os.environ['PATH']}",
    }
    assert len(BLOCKS) >= 7
    for commands, printed in BLOCKS:
        terminal = Terminal(env=env, program=[bash, "-ec", commands], folder=tmp_path)
        assert terminal.end() == 0, terminal.text
        if printed:
            shown = [line.rstrip() for line in terminal.text.splitlines()]
            # The states of a run that is over in milliseconds are not always seen.
            assert [line for line in printed.splitlines() if not line.startswith("-")] == [
                line for line in shown if not line.startswith("-")
            ]


def test_the_page_names_every_everyday_command() -> None:
    from arp_sdk.cli._main import arp

    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in arp.commands if f"arp {name}" not in text] == []
