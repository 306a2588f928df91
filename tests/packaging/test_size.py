"""The size of an installation is recorded and does not grow unnoticed."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from support.commands import run
from support.environments import Environment

from .sources import REPOSITORY

pytestmark = pytest.mark.full

TOOL = REPOSITORY / "tools" / "size.py"
GROWTH = 1.1


def measured(site_packages: Path) -> dict[str, int]:
    found: dict[str, int] = json.loads(run(sys.executable, TOOL, "--of", site_packages))
    return found


def recorded(row: str) -> int:
    text = (REPOSITORY / "docs" / "size.md").read_text(encoding="utf-8")
    (figure,) = re.findall(rf"^\| {re.escape(row)} \| ([\d,]+) \|", text, re.M)
    return int(figure.replace(",", ""))


def test_our_packages_have_the_size_on_record(daemon_alone: Environment) -> None:
    own = measured(daemon_alone.site_packages)["bytes of packages `arp-*`"]
    on_record = recorded("bytes of packages `arp-*`")
    assert on_record / GROWTH < own < on_record * GROWTH, "hatch run python tools/size.py"


def test_there_are_as_many_distributions_as_on_record(daemon_alone: Environment) -> None:
    assert measured(daemon_alone.site_packages)["distributions"] == recorded("distributions")


def test_a_file_counts_and_bytecode_does_not(tmp_path: Path) -> None:
    info = tmp_path / "arp_x-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.4\nName: arp-x\nVersion: 1\n")
    (tmp_path / "x.py").write_bytes(b"1" * 100)
    (tmp_path / "x.pyc").write_bytes(b"1" * 1000)
    (info / "RECORD").write_text("x.py,,\nx.pyc,,\ngone.py,,\n")
    bytes_ = {"bytes": 100, "bytes of packages `arp-*`": 100}
    assert measured(tmp_path) == {"distributions": 1, "files": 1, **bytes_}
