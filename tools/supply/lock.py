"""Lock what the development environment installs: exact versions, with hashes.

`python tools/supply/lock.py` makes the lock again; `--upgrade` takes the newest versions that the
declared ranges allow, without it a version changes only where it has to. `--check` says what the
lock lacks, and asks no index.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from supply import declared

LOCK = declared.REPOSITORY / "requirements" / "dev.lock"
SHOWN = "requirements/dev.lock"
HEADER = "# What the development environment installs. Made by `hatch run lock`; do not edit.\n"


@dataclass(frozen=True)
class Locked:
    """A line of the lock.

    Attributes:
        name: The normalized name.
        version: The exact version.
        marker: Where it is installed; everywhere if None.
        hashes: What a file of it may hash to.
    """

    name: str
    version: str
    marker: Marker | None
    hashes: tuple[str, ...]

    @property
    def pin(self) -> str:
        """It in a requirements file, whatever the marker."""
        return " ".join([f"{self.name}=={self.version}", *map("--hash={}".format, self.hashes)])

    def holds_on(self, python: str) -> bool:
        """Whether it is installed on this Python, on this operating system."""
        variables = {"python_version": python, "python_full_version": f"{python}.0"}
        return self.marker is None or self.marker.evaluate(variables)

    def supports(self, python: str) -> bool:
        """Whether it is installed on this Python, on some operating system."""
        return any(
            self.marker is None
            or self.marker.evaluate(
                {
                    "python_version": python,
                    "python_full_version": f"{python}.0",
                    "sys_platform": platform,
                }
            )
            for platform in ("linux", "darwin", "win32")
        )


def inputs() -> list[Requirement]:
    """All that the development environment is declared to have."""
    return [*declared.of_development(), *declared.of_distributions(), *declared.of_builds()]


def parse(text: str) -> list[Locked]:
    """The lines of a lock."""
    logical = re.sub(r"\\\n\s*", "", text).splitlines()
    found = []
    for line in logical:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        named, *hashes = line.partition("    #")[0].split("--hash=")
        requirement = Requirement(named.strip())
        (specifier,) = requirement.specifier
        if specifier.operator != "==":
            raise ValueError(f"{requirement} is not an exact version")
        found.append(
            Locked(
                canonicalize_name(requirement.name),
                specifier.version,
                requirement.marker,
                tuple(each.strip() for each in hashes),
            )
        )
    return found


def problems(wanted: list[Requirement], locked: list[Locked]) -> list[str]:
    """What the lock lacks of what is declared, on any supported Python."""
    found = [f"{each.name} {each.version} has no hash" for each in locked if not each.hashes]
    for requirement in wanted:
        for python in declared.PYTHONS:
            if requirement.marker and not requirement.marker.evaluate({"python_version": python}):
                continue
            versions = [
                each.version
                for each in locked
                if each.name == canonicalize_name(requirement.name) and each.holds_on(python)
            ]
            if len(versions) != 1 or not requirement.specifier.contains(versions[0], True):
                there = ", ".join(versions) or "nothing"
                found.append(f"{requirement} is declared; for Python {python} there is {there}")
    return found


def generate(*, upgrade: bool) -> None:
    """Write the lock, by `uv pip compile`."""
    LOCK.parent.mkdir(exist_ok=True)
    command: list[str | Path] = [
        *(sys.executable, "-m", "uv", "pip", "compile", "-", "--quiet"),
        *("--universal", "--python-version", declared.PYTHONS[0], "--generate-hashes"),
        *("--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
        *("--output-file", str(LOCK)),
        *(["--upgrade"] if upgrade else []),
    ]
    wanted = "\n".join(str(each) for each in inputs())
    subprocess.run(command, input=wanted, text=True, check=True)
    LOCK.write_text(HEADER + LOCK.read_text(encoding="utf-8"), encoding="utf-8")


def main() -> int:
    """Make the lock, or check it."""
    parser = argparse.ArgumentParser(description="Lock what the development environment installs.")
    parser.add_argument("--check", action="store_true", help="change nothing, ask no index")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    arguments = parser.parse_args()
    if not arguments.check:
        generate(upgrade=arguments.upgrade)
    found = problems(inputs(), parse(LOCK.read_text(encoding="utf-8")))
    for problem in found:
        print(f"{SHOWN}: {problem}", file=sys.stderr)
    if found:
        print("`hatch run lock` makes it again.", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
