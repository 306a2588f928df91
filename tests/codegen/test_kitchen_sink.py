"""Every construct that is supported, generated and executed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from codegen.places import PROBES, PYTHON, REPOSITORY, environment, source_folders

CONFIG = REPOSITORY / "pyproject.toml"


def _generated(project: Path) -> list[str]:
    """The folders that hold nothing but generated files."""
    models = project / "packages" / "arp-core" / "src" / "arp_sdk" / "models"
    others = [path for path in project.glob("packages/*") if path.name != "arp-core"]
    return [str(path) for path in (models, *sorted(others))]


def _run(*command: str, project: Path, **variables: str) -> None:
    done = subprocess.run(
        [PYTHON, "-m", *command],
        cwd=project,
        env=environment(*source_folders(project), REPOSITORY / "tests", **variables),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("probe", sorted(PROBES.glob("probe_*.py")), ids=lambda path: path.stem)
def test_the_generated_packages_work(kitchen_sink: Path, probe: Path, tmp_path: Path) -> None:
    settings = tmp_path / "pytest.ini"
    settings.write_text("[pytest]\n", encoding="utf-8")
    options = ["--noconftest", "-q", "-p", "no:cacheprovider", "-c", str(settings)]

    _run("pytest", *options, "--import-mode=importlib", str(probe), project=kitchen_sink)


def test_the_generated_packages_pass_mypy_strict(kitchen_sink: Path, tmp_path: Path) -> None:
    # Silent about arp-core's own modules, which the project's checks cover.
    options = ["--strict", "--namespace-packages", "--explicit-package-bases"]
    options += ["--follow-imports=silent", "--python-version=3.10", f"--cache-dir={tmp_path}"]
    packages = [f"-parp_sdk.{name}" for name in ("models", "store", "depot_2")]
    search = os.pathsep.join(map(str, source_folders(kitchen_sink)))

    _run("mypy", *options, *packages, project=kitchen_sink, MYPYPATH=search)


def test_the_generated_packages_pass_ruff(kitchen_sink: Path) -> None:
    options = ["--no-cache", "--config", str(CONFIG), *_generated(kitchen_sink)]

    _run("ruff", "format", "--check", *options, project=kitchen_sink)
    _run("ruff", "check", *options, project=kitchen_sink)


def test_no_package_hides_the_namespace(kitchen_sink: Path) -> None:
    assert list(kitchen_sink.glob("packages/*/src/arp_sdk/__init__.py")) == []
