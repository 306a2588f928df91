"""Run the tests with the lowest versions that the distributions say they work with.

Each requirement of the distributions, those of their extras too, is installed in its lowest
version; what the tests themselves need is as new as it can be beside that. `--python` names another
Python; other arguments go to pytest.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from everywhere import find
from supply import declared

UNSUITED = ("soak", "packaging", "checkers", "first_party")
# What they test is in no distribution, and needs what does not go with the lowest versions.
NOT_OF_DISTRIBUTIONS = (
    *("tests/first_party", "tests/packaging", "tests/releases", "tests/supply_chain"),
)
UNWANTED = ("cyclonedx-bom", "cyclonedx-python-lib", "pip-audit", "pip-licenses")
# The types of a requests that has none of its own.
STUBS = "types-requests"


def main() -> int:
    """Make the environment, show what is lowest in it, and run the tests there."""
    parser = argparse.ArgumentParser(description="Run the tests with the lowest versions.")
    parser.add_argument("--python", help="a version, such as 3.10")
    arguments, pytest = parser.parse_known_args()
    base = Path(sys.executable) if arguments.python is None else find(arguments.python)
    if base is None:
        parser.error(f"there is no Python {arguments.python}")
    pins = lowest(base)
    python = environment(base, pins)
    print("The lowest versions:", *pins, flush=True)
    markers = " and ".join(f"not {each}" for each in UNSUITED)
    ignored = [f"--ignore={each}" for each in NOT_OF_DISTRIBUTIONS]
    command: list[str | Path] = [python, "-m", "pytest", "-n", "auto", "-m", markers, *ignored]
    variables = {**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        [*command, *pytest], cwd=declared.REPOSITORY, env=variables, check=False
    ).returncode


def lowest(python: Path) -> list[str]:
    """The lowest version of each requirement of the distributions, as `name==version`."""
    wanted = [str(each) for each in declared.of_distributions()]
    compiled = _uv(
        *("compile", "-", "--quiet", "--python", str(python), "--resolution", "lowest-direct"),
        *("--no-header", "--no-annotate"),
        given="\n".join(wanted),
    )
    names = {canonicalize_name(Requirement(each).name) for each in wanted}
    return [
        line for line in compiled.splitlines() if canonicalize_name(Requirement(line).name) in names
    ]


def environment(python: Path, pins: list[str]) -> Path:
    """Make the environment in `.cache`, and return its interpreter."""
    folder = declared.REPOSITORY / ".cache" / "lowest"
    make = (sys.executable, "-m", "uv", "venv", "--quiet", "--clear", "--python", python, folder)
    subprocess.run(make, check=True)
    interpreter = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    own: list[str] = []
    for path, extras in declared.distributions().items():
        own += ["--editable", f"{path}[{','.join(extras)}]" if extras else str(path)]
    others = [str(each) for each in declared.of_development() if each.name not in UNWANTED]
    _uv("install", "--quiet", "--python", str(interpreter), *pins, *own, *others, STUBS)
    return interpreter


def _uv(*arguments: str, given: str | None = None) -> str:
    command = [sys.executable, "-m", "uv", "pip", *arguments]
    return subprocess.run(
        command, input=given, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


if __name__ == "__main__":
    sys.exit(main())
