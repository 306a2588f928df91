"""The command that makes the pictures of the site makes each of them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from first_party.environment import REPOSITORY

pytestmark = [
    pytest.mark.full,
    pytest.mark.threads_only("the command brings its own clients"),
    pytest.mark.skipif(
        not (shutil.which("chromium") or shutil.which("google-chrome")),
        reason="there is no Chromium: apt-get install chromium",
    ),
]
pytest.importorskip("playwright", reason="Playwright is not installed: hatch run sync")
pytest.importorskip("pty", reason="there are no pseudo-terminals")


def test_the_pictures_are_made(tmp_path: Path) -> None:
    command = [sys.executable, str(REPOSITORY / "tools" / "pictures.py"), str(tmp_path)]
    subprocess.run(command, check=True, timeout=120)
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {path.name for path in (REPOSITORY / "docs" / "images").iterdir()}
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
    recording = ElementTree.parse(tmp_path / "run.svg")
    text = "".join(recording.getroot().itertext()).replace("\xa0", " ")
    assert "$ arp run" in text
    assert "19*23 = 437" in text
    # Nothing is loaded from elsewhere.
    assert "url(" not in (tmp_path / "run.svg").read_text().replace("url(#", "")
    # They are not written again, although times and identifiers differ.
    again = subprocess.run(command, check=True, timeout=120, capture_output=True, text=True)
    assert again.stdout == ""
