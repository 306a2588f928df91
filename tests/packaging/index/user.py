"""A user of an index: installs, and runs a program on the versions that the resolver chose."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess

from support import environments
from support.commands import attempt
from support.environments import Environment
from support.uv import UV

from .versions import Release

SMOKE = Path(__file__).with_name("smoke.py")


@dataclass(frozen=True)
class Index:
    """A folder that installers look packages up in, and in nothing else."""

    folder: Path
    releases: Path

    def publish(self, *releases: Release) -> None:
        """Add the wheel of each release."""
        for release in releases:
            shutil.copy(release.wheel(self.releases), self.folder)


@dataclass
class User:
    """Installs from one index, and runs the smoke program against services.

    Attributes:
        folder: The parent of its environments.
        others: The requirements that are in no index of ours.
    """

    folder: Path
    index: Index
    others: list[str]
    services: Mapping[str, str]
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def environment(self, *, with_pip: bool = False) -> Environment:
        """Make an environment with nothing of ours in it."""
        made = environments.make(self.folder / str(next(self._numbers)), with_pip=with_pip)
        made.install(*self.others)
        return made

    def gets(self, *arguments: str) -> dict[str, str]:
        """Install with uv into a new environment, and return the versions that work there."""
        environment = self.environment()
        done = self.tries(environment, *arguments)
        assert done.returncode == 0, done.stderr
        return self.works_with(environment)

    def tries(self, environment: Environment, *arguments: str) -> CompletedProcess[str]:
        """Install with uv, whatever its exit status is."""
        command = (*UV, "pip", "install", "--python", environment.python)
        return attempt(*command, *self._source, *arguments)

    def upgrades(self, environment: Environment, *arguments: str) -> dict[str, str]:
        """Upgrade with pip, and return the versions that work there."""
        environment.pip("install", *self._source, "--upgrade", *arguments)
        return self.works_with(environment)

    def works_with(self, environment: Environment) -> dict[str, str]:
        """Run the smoke program, and return the versions that it ran on."""
        environment.check()
        smoke = self.smoke(environment)
        assert smoke.returncode == 0, f"{smoke.stdout}{smoke.stderr}"
        found: dict[str, str] = json.loads(smoke.stdout)
        return found

    def smoke(self, environment: Environment) -> CompletedProcess[str]:
        """Run the smoke program on all clients of an environment."""
        addresses = [f"{package}={url}" for package, url in self.services.items()]
        return attempt(environment.python, SMOKE, *addresses)

    @property
    def _source(self) -> tuple[str, ...]:
        return ("--no-index", "--find-links", str(self.index.folder))
