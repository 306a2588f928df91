"""Run the tests on every supported Python that is installed: on PATH, or by pyenv.

Needs hatch: `python3 -m pip install hatch && python3 tools/everywhere.py`. With an argument it runs
another script of the environment `every`, such as `costs`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

SUPPORTED = ("3.10", "3.11", "3.12", "3.13")


def main() -> int:
    """Run the script for each Python that works."""
    script = sys.argv[1] if len(sys.argv) > 1 else "test"
    found = {version: python for version in SUPPORTED if (python := find(version))}
    if "HATCH_ENV_ACTIVE" in os.environ:  # `hatch run test-all`: the other Pythons
        found.pop("{}.{}".format(*sys.version_info), None)
    for version in SUPPORTED:
        print(f"Python {version}: {found.get(version, 'not installed')}", flush=True)
    # hatch looks on PATH only, and stops at a pyenv shim whose version is not selected.
    folders = [str(python.parent) for python in found.values()]
    environment = {**os.environ, "PATH": os.pathsep.join([*folders, os.environ["PATH"]])}
    selected = "+py=" + ",".join(found)
    command = ["hatch", "run", selected, f"every:{script}"]
    return subprocess.run(command, env=environment, check=False).returncode


def find(version: str) -> Path | None:
    """The interpreter for a version, if there is one that starts."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    by_pyenv = sorted(root.glob(f"versions/{version}.*/bin/python{version}"))
    on_path = shutil.which(f"python{version}")
    candidates = [*reversed(by_pyenv), *([Path(on_path)] if on_path else [])]
    return next((path for path in candidates if reports(path, version)), None)


def reports(python: Path, version: str) -> bool:
    """Whether the interpreter starts, says that it is the version, and can make environments."""
    code = "import sys, ensurepip; print(sys.version)"
    result = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return result.returncode == 0 and re.match(rf"{version}\.\d", result.stdout) is not None


if __name__ == "__main__":
    sys.exit(main())
