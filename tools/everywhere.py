"""Run the tests on each supported Python that is installed: on PATH, or by pyenv.

Needs hatch: `python3 -m pip install hatch && python3 tools/everywhere.py`. An argument selects
another script of the environment `every`, such as `costs`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

SUPPORTED = ("3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))


def find(version: str) -> Path | None:
    """Return the interpreter of a version, if there is one that starts."""
    by_pyenv = sorted(PYENV.glob(f"versions/{version}.*/bin/python{version}"), reverse=True)
    on_path = shutil.which(f"python{version}")
    candidates = [*by_pyenv, *([Path(on_path)] if on_path else [])]
    return next((path for path in candidates if works(path, version)), None)


def works(python: Path, version: str) -> bool:
    """Return whether an interpreter starts, has the version, and can make environments."""
    code = "import sys, ensurepip; print(sys.version)"
    result = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return result.returncode == 0 and re.match(rf"{version}\.\d", result.stdout) is not None


found = {version: python for version in SUPPORTED if (python := find(version))}
skipped: dict[str, str] = dict.fromkeys(SUPPORTED, "skipped, it is not installed")
if "HATCH_ENV_ACTIVE" in os.environ:  # `hatch run test-all`: the other Pythons
    own = "{}.{}".format(*sys.version_info)
    found.pop(own, None)
    skipped[own] = "skipped, `hatch run test` uses it"
for each in SUPPORTED:
    print(f"Python {each}: {found.get(each, skipped[each])}", flush=True)
# hatch looks on PATH only, and stops at a pyenv shim whose version is not selected.
path = os.pathsep.join([*(str(python.parent) for python in found.values()), os.environ["PATH"]])
script = sys.argv[1] if len(sys.argv) > 1 else "test"
command = ["hatch", "run", f"+py={','.join(found)}", f"every:{script}"]
sys.exit(subprocess.run(command, env={**os.environ, "PATH": path}, check=False).returncode)
