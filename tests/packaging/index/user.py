"""A user of the index: installs, and runs a program on what the resolver chose."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess

from . import installers
from .installers import Installer

SMOKE = Path(__file__).with_name("smoke.py")
PACKAGES = {
    "arp-daemon": "arp_sdk.daemon",
    "arp-runtime": "arp_sdk.runtime",
    "arp-tool-registry": "arp_sdk.tool_registry",
}


@dataclass
class User:
    """Installs from one index, and runs the smoke program against services.

    Attributes:
        folder: Where the environments are made.
        pip: The installer that everybody has.
        uv: The other one.
        services: The addresses of the services by package.
    """

    folder: Path
    pip: Installer
    uv: Installer
    services: Mapping[str, str]
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def environment(self) -> Path:
        """A new empty environment."""
        return installers.empty(self.folder / str(next(self._numbers)))

    def gets(self, installer: Installer, *arguments: str) -> dict[str, str]:
        """Install into a new environment, and return the versions of what works there."""
        return self.adds(self.environment(), installer, *arguments)

    def adds(self, environment: Path, installer: Installer, *arguments: str) -> dict[str, str]:
        """Install into an environment, and return the versions of what works there."""
        done = installer.install(environment, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        checked = installer.check(environment)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        found = installers.versions(environment)
        smoke = self.smoke(environment)
        assert smoke.returncode == 0, f"{arguments} gave {found}\n{smoke.stdout}{smoke.stderr}"
        assert smoke.stdout == "ok\n"
        return found

    def refused(self, installer: Installer, *arguments: str) -> str:
        """What the installer says when it finds no combination."""
        done = installer.install(self.environment(), *arguments)
        assert done.returncode != 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def smoke(self, environment: Path) -> CompletedProcess[str]:
        """Run the smoke program on all clients of an environment."""
        installed = installers.versions(environment)
        used = [
            f"{package}={self.services[package]}"
            for name, package in PACKAGES.items()
            if name in installed
        ]
        assert used
        return installers.run(environment, SMOKE, *used)
