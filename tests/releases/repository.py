"""A repository of one's own: what this working tree has, with commits and tags to play with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from packaging.version import Version

from releasing import fragments
from releasing.git import Git
from releasing.packages import package, packages
from releasing.stamp import stamp
from releasing.tags import tag

TREE = Path(__file__).resolve().parents[2]
PARTS = (".gitignore", "codegen", "packages", "pyproject.toml", "tools", "towncrier.toml")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "dist", "*.egg-info", ".*cache*")


@dataclass(frozen=True)
class Repository:
    """A working tree that a test may change."""

    root: Path

    @property
    def git(self) -> Git:
        return Git(self.root)

    def read(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a piece of text that has to be there."""
        assert old in self.read(path), (path, old)
        self.write(path, self.read(path).replace(old, new))

    def rename(self, folder: str, old: str, new: str) -> None:
        """Replace a text in all files of a folder, one of which has to have it."""
        paths = [each for each in (self.root / folder).rglob("*") if each.suffix in (".py", ".j2")]
        texts = {each: each.read_text(encoding="utf-8") for each in paths}
        found = {each: text for each, text in texts.items() if old in text}
        assert found, (folder, old)
        for each, text in found.items():
            each.write_text(text.replace(old, new), encoding="utf-8")

    def commit(self, message: str = "Change") -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def fragment(self, name: str, kind: str) -> None:
        """Tell of a change."""
        self.write(f"packages/{name}/changes/a-change.{kind}.md", "It is otherwise now.\n")

    def tag_release(self, name: str, version: str) -> None:
        """What a release does to the tree and the tags, without its checks and builds."""
        subject = package(self.root, name)
        subject.set_version(Version(version))
        if name == "arp-core":
            stamp(self.root, subject, Version(version), "arp_sdk")
        fragments.assemble(self.root, subject, Version(version), date(2026, 1, 2))
        self.commit(f"Release {name} {version}")
        label = tag(name, Version(version))
        self.git("tag", "--annotate", "--message", label, label)

    def tool(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of its programs."""
        kept = {key: text for key, text in os.environ.items() if not key.startswith("COVERAGE")}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env=kept,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def state(self) -> tuple[str, ...]:
        """All that a program could have changed: commit, branch, tags, files."""
        ignored = ("status", "--porcelain", "--ignored", "--untracked-files=all")
        seen = [line for line in self.git.lines(*ignored) if "__pycache__" not in line]
        return self.git("rev-parse", "HEAD"), self.git("for-each-ref"), *seen


def unreleased(folder: Path) -> Repository:
    """This working tree's files in a new repository, in which nothing was ever released."""
    for part in PARTS:
        if (TREE / part).is_dir():
            shutil.copytree(TREE / part, folder / part, ignore=LEFT_OUT)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(TREE / part, folder / part)
    made = Repository(folder)
    made.write("codegen/core_surface.json", '{"released": null, "since": {}}\n')
    for each in packages(folder):
        _forget_releases(made, each.name)
    made.git("init", "--quiet", "--initial-branch", "main")
    _introduce(made)
    made.commit("Begin")
    return made


def clone(source: Repository, folder: Path) -> Repository:
    """The same repository once more."""
    source.git("clone", "--quiet", str(source.root), str(folder))
    made = Repository(folder)
    _introduce(made)
    return made


def _introduce(made: Repository) -> None:
    made.git("config", "user.name", "Tester")
    made.git("config", "user.email", "tester@example.com")
    for kind in ("commit", "tag"):
        made.git("config", f"{kind}.gpgsign", "false")


def _forget_releases(made: Repository, name: str) -> None:
    subject = package(made.root, name)
    subject.set_version(Version("1.0.0"))
    head, start, _ = subject.changelog.read_text(encoding="utf-8").partition(fragments.START)
    subject.changelog.write_text(head + start, encoding="utf-8")
    for each in subject.fragments:
        each.unlink()
    made.write(f"packages/{name}/changes/first.added.md", "All of it.\n")
