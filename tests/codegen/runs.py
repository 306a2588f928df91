"""Runs of the generator."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import generate as generator
import yaml

from codegen.places import GENERATOR, PYTHON, REPOSITORY, environment, source_folders

# mypy is silent about the hand-written modules, which the project's checks cover.
_MYPY = ("--strict", "--namespace-packages", "--explicit-package-bases")
_MYPY_TARGET = ("--follow-imports=silent", "--python-version=3.10")


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the generator in this process, which has imported it already."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = generator.main([*map(str, arguments)])
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def run_process(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the generator in a process of its own, as a user does."""
    command = [PYTHON, str(GENERATOR), *map(str, arguments)]
    return subprocess.run(
        command, env=environment(**variables), capture_output=True, text=True, check=False
    )


def copy_packages(out: Path, *names: str) -> None:
    """Copy hand-written packages of ours into a project."""
    for name in names:
        shutil.copytree(
            REPOSITORY / "packages" / name,
            out / "packages" / name,
            ignore=shutil.ignore_patterns("__pycache__", "dist"),
            dirs_exist_ok=True,
        )


def manifest(folder: Path, **changes: object) -> Path:
    """Write our manifest with changes into a folder."""
    content = yaml.safe_load(GENERATOR.with_name("manifest.yaml").read_text(encoding="utf-8"))
    for name, change in changes.items():
        known = content[name]
        content[name] = {**known, **change} if isinstance(change, dict) else change
    path = folder / "manifest.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def generate(contract: Path, out: Path, *arguments: str | Path) -> Path:
    """Generate a contract's packages into a folder, next to arp-core.

    arp-core is copied first, so that the contract's shared models replace ours in it.
    """
    copy_packages(out, "arp-core")
    done = run("--spec", contract, "--out", out, *arguments)
    assert done.returncode == 0, done.stderr
    return out


def mypy(project: Path, cache: Path, *packages: str) -> str:
    """Check generated packages with `mypy --strict`; return the complaints."""
    folders = source_folders(project)
    command = [PYTHON, "-m", "mypy", *_MYPY, *_MYPY_TARGET, f"--cache-dir={cache}"]
    done = subprocess.run(
        [*command, *(f"-p{package}" for package in packages)],
        cwd=project,
        env=environment(*folders, MYPYPATH=os.pathsep.join(map(str, folders))),
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr
