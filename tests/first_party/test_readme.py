"""The programs in the READMEs run unchanged, except for the address of the service."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from arp_sdk.models import RuntimeInstance
from first_party.environment import REPOSITORY
from first_party.targets import FIRST_PARTY, SANDBOX

pytestmark = pytest.mark.threads_only("programs bring their own clients")

# The default ports of the sandbox.
PLACES = {
    "daemon": "http://127.0.0.1:8000",
    "runtime": "http://127.0.0.1:8001",
    "tool_registry": "http://127.0.0.1:8002",
}
PACKAGES = ("core", "daemon", "runtime", "tool-registry")
READMES = ("README.md", *(f"packages/arp-{name}/README.md" for name in PACKAGES))


@dataclass(frozen=True)
class Program:
    readme: str
    number: int
    text: str

    def __str__(self) -> str:
        return f"{self.readme}-{self.number}"

    @property
    def service(self) -> str:
        client = re.search(r"arp_sdk\.(daemon|runtime|tool_registry) import", self.text)
        return client[1] if client else "none"


def programs() -> list[Program]:
    found: list[Program] = []
    for readme in READMES:
        text = (REPOSITORY / readme).read_text(encoding="utf-8")
        blocks = re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)
        found += [Program(readme, number, block) for number, block in enumerate(blocks, 1)]
    return found


def test_each_readme_has_a_program() -> None:
    assert {program.readme for program in programs()} == set(READMES)


# The first-party services get the programs of one README: the clients are the same everywhere.
CASES = [
    *(
        pytest.param(
            SANDBOX, each, id=f"{SANDBOX}-{each}", marks=[pytest.mark.full] * (each.number > 1)
        )
        for each in programs()
    ),
    *(
        pytest.param(FIRST_PARTY, each, id=f"{FIRST_PARTY}-{each}", marks=pytest.mark.full)
        for each in programs()
        if each.readme == READMES[0]
    ),
]


@pytest.mark.usefixtures("new_instances")
@pytest.mark.parametrize(("target", "program"), CASES, indirect=["target"], scope="session")
def test_a_program_runs(
    program: Program,
    managed: RuntimeInstance,
    tool_registry_url: str,
    runtime_url: str,
    daemon_url: str,
    tmp_path: Path,
) -> None:
    urls = {"daemon": daemon_url, "runtime": runtime_url, "tool_registry": tool_registry_url}
    path = tmp_path / "program.py"
    text = program.text
    if "http://127.0.0.1" in text:
        assert PLACES[program.service] in text
        text = text.replace(PLACES[program.service], urls[program.service])
    path.write_text(text, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "ARP_TOKEN": ""},
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout
    for claimed, printed in zip(claims(program.text), ran.stdout.splitlines(), strict=False):
        assert claimed in ("", printed)


def claims(text: str) -> list[str]:
    """The output that the comments after top-level prints promise, in order."""
    lines = [line for line in text.splitlines() if line.startswith("print(")]
    return [line.partition("  # ")[2] for line in lines]
