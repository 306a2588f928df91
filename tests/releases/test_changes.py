"""`hatch run changes`, in a repository with one package that is released and changed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "packages/arp-thing"
MODULE = f"{PACKAGE}/src/arp_sdk/thing/__init__.py"

Write = Callable[[str, str], None]


def git(*arguments: str) -> None:
    identity = ("-c", "user.name=Tester", "-c", "user.email=tester@example.com")
    subprocess.run(["git", *identity, "-c", "commit.gpgsign=false", *arguments], check=True)


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """A function that commits a file to a repository, which is the current folder."""

    def write(path: str, text: str) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")
        git("add", path)
        git("commit", "--quiet", "--message", f"Write {path}")

    monkeypatch.chdir(tmp_path)
    git("init", "--quiet", "--initial-branch", "main")
    for path in ("towncrier.toml", "tools/changelog.md.jinja"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    write(f"{PACKAGE}/CHANGELOG.md", "# Changelog\n")
    write(MODULE, "def one(): ...\n\n\ndef two(): ...\n")
    return write


def check(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "tools" / "changes.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_package_without_a_release_passes(write: Write) -> None:
    done = check()
    assert done.returncode == 0, done.stderr
    assert "arp-thing: compared with nothing" in done.stdout


@pytest.mark.full
def test_a_change_needs_a_fragment(write: Write) -> None:
    git("tag", "arp-thing-v1.9.0")
    assert check().returncode == 0
    write(MODULE, "def one(): ...\n\n\ndef two(): ...\n\n\ndef three(): ...\n")
    for arguments in ([], ["main~1"]):
        done = check(*arguments)
        assert done.returncode == 1
        assert "without a new fragment" in done.stderr
    write(f"{PACKAGE}/changes/three.added.md", "`three`.\n")
    assert check().returncode == 0
    git("tag", "arp-thing-v1.10.0")
    assert "compared with arp-thing-v1.10.0" in check().stdout


@pytest.mark.full
def test_a_break_needs_a_fragment_that_says_so(write: Write) -> None:
    git("tag", "arp-thing-v1.0.0")
    write(MODULE, "def one(): ...\n")
    write(f"{PACKAGE}/changes/two.fixed.md", "`two` is gone.\n")
    done = check()
    assert done.returncode == 1
    assert "breaks the API of arp-thing-v1.0.0" in done.stderr
    assert "two: Public object was removed" in done.stdout + done.stderr
    write(f"{PACKAGE}/changes/two.breaking.md", "`two` is gone.\n")
    assert check().returncode == 0
