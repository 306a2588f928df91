"""pip and uv, which know one index and a folder with packages of others, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from ..commands import SECONDS, isolated_variables
from ..environments import Environment

OTHER_PLACES = ("PIP_", "UV_")
VERSIONS = (
    "import json; from importlib.metadata import distributions\n"
    "print(json.dumps({each.metadata['Name']: each.version for each in distributions()"
    " if each.metadata['Name'].startswith('arp-')}))"
)


@dataclass(frozen=True)
class Installer:
    """A way to install from the index.

    Attributes:
        name: `pip` or `uv`.
        index: Where its index is.
        others: A folder with the distributions of others.
        tools: An environment with pip.
        cache: uv's folder.
        sources: Filled by what pip says it installed, and from where.
    """

    name: str
    index: str
    others: Path
    tools: Environment
    cache: Path
    sources: dict[str, tuple[str, str]] = field(default_factory=dict)

    def install(self, environment: Path, *arguments: str) -> CompletedProcess[str]:
        """Install into an environment, whatever comes of it."""
        places = ("--index-url", self.index, "--find-links", str(self.others))
        if self.name == "uv":
            uv = ("pip", "install", "--python", str(_python(environment)), "--refresh")
            return self._call(_uv(), *uv, *places, *arguments)
        report = environment.with_suffix(".report.json")
        pip = (*self.tools.pip, "--python", _python(environment), "install", "--no-cache-dir")
        done = self._call(*pip, *places, "--report", str(report), *arguments)
        if done.returncode == 0:
            self._remember(json.loads(report.read_text(encoding="utf-8")))
        return done

    def check(self, environment: Path) -> CompletedProcess[str]:
        """Ask whether what is installed fits together."""
        if self.name == "uv":
            return self._call(_uv(), "pip", "check", "--python", str(_python(environment)))
        return self._call(*self.tools.pip, "--python", _python(environment), "check")

    def _remember(self, report: Mapping[str, Any]) -> None:
        for each in report["install"]:
            source = each["download_info"]
            file = source["url"].rpartition("/")[2].partition("#")[0]
            hashes = source["archive_info"]["hashes"]
            self.sources[file] = (source["url"], hashes["sha256"])

    def _call(self, *command: str | Path) -> CompletedProcess[str]:
        variables = {
            name: value
            for name, value in isolated_variables().items()
            if not name.startswith(OTHER_PLACES)
        }
        return subprocess.run(
            [str(part) for part in command],
            env={
                **variables,
                "PIP_CONFIG_FILE": os.devnull,
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
                "UV_NO_CONFIG": "1",
                "UV_CACHE_DIR": str(self.cache),
                "NO_PROXY": "127.0.0.1",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )


def empty(folder: Path) -> Path:
    """Make an environment with nothing in it."""
    done = subprocess.run(
        [_uv(), "venv", "--quiet", "--no-config", "--python", sys.executable, folder],
        env=isolated_variables(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def run(environment: Path, *arguments: str | Path) -> CompletedProcess[str]:
    """Run the environment's Python, away from the repository."""
    return subprocess.run(
        [str(part) for part in (_python(environment), "-I", *arguments)],
        cwd=environment,
        env=isolated_variables(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def versions(environment: Path) -> dict[str, str]:
    """The versions of our distributions in an environment."""
    found: dict[str, str] = json.loads(run(environment, "-c", VERSIONS).stdout)
    return found


def _python(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def _uv() -> str:
    found = shutil.which("uv")
    assert found is not None
    return found
