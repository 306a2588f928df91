"""A path parameter that is no string."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from codegen.mutation import DOCUMENT, mutated
from codegen.places import PYTHON, environment, source_folders
from codegen.refusals import FIND
from codegen.runs import generate


def test_an_integer_in_a_path_passes_mypy_strict(tmp_path: Path) -> None:
    root = mutated(tmp_path, (DOCUMENT, f"{FIND}/parameters/0/schema", {"type": "integer"}))
    project = generate(root, tmp_path / "out")
    folders = source_folders(project)

    options = ["--strict", "--namespace-packages", "--explicit-package-bases"]
    options += ["--follow-imports=silent", f"--cache-dir={tmp_path}", "-parp_sdk.shop"]

    done = subprocess.run(
        [PYTHON, "-m", "mypy", *options],
        cwd=project,
        env=environment(*folders, MYPYPATH=os.pathsep.join(map(str, folders))),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
