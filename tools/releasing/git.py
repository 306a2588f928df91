"""What the release tools want of git."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

from .problem import ReleaseError


class Git:
    """A working tree.

    Args:
        root: Its top folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def __call__(self, *arguments: str) -> str:
        """Run git and return what it prints, without the final newline."""
        return self._run(*arguments).decode().rstrip("\n")

    def lines(self, *arguments: str) -> list[str]:
        """Run git and return the lines that it prints."""
        return self(*arguments).splitlines()

    def succeeds(self, *arguments: str) -> bool:
        """Whether git can do it."""
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=self.root, capture_output=True, check=False)
        return done.returncode == 0

    def is_there(self) -> bool:
        """Whether the folder is the top of a working tree."""
        if not self.succeeds("rev-parse", "--show-toplevel"):
            return False
        return Path(self("rev-parse", "--show-toplevel")).resolve() == self.root.resolve()

    def changed_since(self, ref: str, folder: str) -> list[str]:
        """The files of a folder that differ from a commit, whether committed by now or not."""
        tracked = self.lines("diff", "--name-only", "--no-renames", ref, "--", folder)
        others = self.lines("ls-files", "--others", "--exclude-standard", "--", folder)
        return sorted({*tracked, *others})

    def extract(self, ref: str, folders: list[str], target: Path) -> Path:
        """Put those of the folders that a commit has into another place."""
        there = [each for each in folders if self.succeeds("cat-file", "-e", f"{ref}:{each}")]
        target.mkdir(parents=True, exist_ok=True)
        if there:
            archive = self._run("archive", "--format=tar", ref, "--", *there)
            with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
                tar.extractall(target)  # noqa: S202  # git made it just now
        return target

    def _run(self, *arguments: str) -> bytes:
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=self.root, capture_output=True, check=False)
        if done.returncode != 0:
            raise ReleaseError(f"git {' '.join(arguments)}: {done.stderr.decode().strip()}")
        return done.stdout
