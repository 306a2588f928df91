"""Virtual environments, made and filled by uv, which takes a tenth of pip's time."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

from .commands import attempt, run
from .uv import UV


@dataclass(frozen=True)
class Environment:
    """A virtual environment."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

    @property
    def site_packages(self) -> Path:
        """The folder of its pure Python packages."""
        (found,) = self.folder.glob("[Ll]ib/**/site-packages")
        return found

    def install(self, *arguments: str | Path) -> None:
        """Call `uv pip install`."""
        run(*UV, "pip", "install", "--quiet", "--python", self.python, *arguments)

    def check(self) -> None:
        """Call `uv pip check`: what is installed has to fit together."""
        run(*UV, "pip", "check", "--quiet", "--python", self.python)

    def pip(self, *arguments: str | Path) -> None:
        """Call its own pip, of `make(folder, with_pip=True)`."""
        run(self.python, "-m", "pip", *arguments)

    def run(self, code: str, *arguments: str) -> str:
        """Run code that has to succeed, away from the repository, and return its output."""
        return run(self.python, "-c", code, *arguments, cwd=self.folder).strip()

    def attempt(self, code: str) -> CompletedProcess[str]:
        """Run code away from the repository, whatever its exit status is."""
        return attempt(self.python, "-c", code, cwd=self.folder)


def make(folder: Path, *, with_pip: bool = False) -> Environment:
    """Make an environment, with pip in it or empty."""
    seed = ("--seed",) if with_pip else ()
    run(*UV, "venv", "--quiet", *seed, "--python", sys.executable, folder)
    return Environment(folder)
