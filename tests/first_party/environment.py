"""The services' own virtual environment.

They depend on a distribution that owns a regular package `arp_sdk`, which would hide the
packages under test, so the two never share an environment.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock

from support.uv import UV

REPOSITORY = Path(__file__).resolve().parents[2]
INSTALL_SECONDS = 900


class Release(NamedTuple):
    """The first-party services of a line of the standard.

    `variable` names an environment that has them, `folder` is where one is built otherwise, and
    `files` must be in it.
    """

    variable: str
    folder: str
    requirements: tuple[str, ...]
    files: tuple[str, ...]


_NAMES = ("arp-jarvis-daemon", "arp-jarvis-runtime", "arp-jarvis-tool-registry")
V0_1 = Release(
    "ARP_FIRST_PARTY_VENV",
    "first-party",
    tuple(f"{name}==0.1.0" for name in _NAMES),
    tuple(f"bin/{name}" for name in _NAMES),
)
V0_3 = Release(
    "ARP_FIRST_PARTY_0_3_VENV",
    "first-party-0.3",
    ("arp-jarvis==0.3.8",),
    ("bin/python",),
)
VENV_VARIABLE = V0_1.variable


class EnvironmentFailedError(Exception):
    """A virtual environment is missing, and the command in the message did not make it."""


def services_environment(release: Release = V0_1) -> Path:
    """Return the virtual environment that holds the services, building it when needed."""
    named = os.environ.get(release.variable)
    if named:
        return _named_environment(Path(named), release)
    major, minor = sys.version_info[:2]
    venv = REPOSITORY / ".cache" / release.folder / f"py{major}.{minor}"
    return cached_environment(venv, release.requirements)


def cached_environment(venv: Path, requirements: tuple[str, ...] = V0_1.requirements) -> Path:
    """Return `venv`, built at most once however many processes ask for it at the same time."""
    venv.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(venv.with_name(f"{venv.name}.lock")):
        if not _is_complete(venv, requirements):
            _build(venv, requirements)
    return venv


def without_python_variables() -> dict[str, str]:
    """Return this process's environment without what would redirect another interpreter."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def _named_environment(venv: Path, release: Release) -> Path:
    missing = [Path(file).name for file in release.files if not (venv / file).exists()]
    if missing:
        raise EnvironmentFailedError(
            f"{release.variable} names {venv}, which lacks {', '.join(missing)}"
        )
    return venv.absolute()


def _marker(venv: Path) -> Path:
    return venv / "first-party-requirements.txt"


def _is_complete(venv: Path, requirements: tuple[str, ...]) -> bool:
    marker = _marker(venv)
    return (
        marker.exists()
        and marker.read_text(encoding="utf-8").split() == list(requirements)
        and (venv / "bin" / "python").exists()
    )


def _build(venv: Path, requirements: tuple[str, ...]) -> None:
    shutil.rmtree(venv, ignore_errors=True)
    _uv("venv", "--quiet", "--python", sys.executable, str(venv))
    _uv("pip", "install", "--quiet", "--python", str(venv), *requirements)
    _marker(venv).write_text("\n".join(requirements) + "\n", encoding="utf-8")


def _uv(*arguments: str) -> None:
    command = (*UV, *arguments)
    completed = subprocess.run(
        command,
        env=without_python_variables(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=INSTALL_SECONDS,
        check=False,
    )
    if completed.returncode != 0:
        raise EnvironmentFailedError(
            f"`{' '.join(command)}` ended with {completed.returncode}: {completed.stdout.strip()}"
        )
