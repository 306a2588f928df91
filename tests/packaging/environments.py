"""Virtual environments, made by the standard library and filled by pip."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

from .commands import attempt, run

# The first one that has `--python`.
PIP = "pip>=22.3"


@dataclass(frozen=True)
class Environment:
    """A virtual environment.

    Attributes:
        folder: Where it is.
        pip: How pip is called for it.
    """

    folder: Path
    pip: tuple[str | Path, ...]

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return _python(self.folder)

    @property
    def site_packages(self) -> Path:
        """Where pure Python packages are installed to."""
        return Path(self.run("import sysconfig; print(sysconfig.get_path('purelib'))"))

    def install(self, *arguments: str | Path) -> None:
        """Call `pip install`."""
        run(*self.pip, "install", "--quiet", *arguments)

    def uninstall(self, name: str) -> None:
        """Call `pip uninstall`."""
        run(*self.pip, "uninstall", "--quiet", "--yes", name)

    def run(self, code: str, *arguments: str) -> str:
        """Run code that has to succeed, away from the repository, and return its output."""
        return run(self.python, "-c", code, *arguments, cwd=self.folder).strip()

    def attempt(self, code: str) -> CompletedProcess[str]:
        """Run code away from the repository, whatever comes of it."""
        return attempt(self.python, "-c", code, cwd=self.folder)


def with_tools(folder: Path, requirements: list[str]) -> Environment:
    """Make an environment that has pip, and install what builds wheels."""
    run(sys.executable, "-m", "venv", "--clear", folder)
    made = existing_tools(folder)
    made.install(PIP, *requirements)
    return made


def existing_tools(folder: Path) -> Environment:
    """The environment that `with_tools` made in this folder."""
    return Environment(folder, (_python(folder), "-m", "pip"))


def empty(folder: Path, tools: Environment) -> Environment:
    """Make an environment without pip, which the pip of another one fills: in no time."""
    run(sys.executable, "-m", "venv", "--clear", "--without-pip", folder)
    return existing(folder, tools)


def existing(folder: Path, tools: Environment) -> Environment:
    """The environment that `empty` made in this folder."""
    return Environment(folder, (*tools.pip, "--python", _python(folder)))


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
