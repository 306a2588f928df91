"""Every supported construct, generated and executed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import tomli

from codegen.places import PROBES, PYTHON, REPOSITORY, environment, source_folders
from codegen.runs import mypy
from support.type_checkers import needs_node

CONFIG = REPOSITORY / "pyproject.toml"


def _generated(project: Path) -> list[str]:
    """The folders that contain nothing but generated files."""
    return [str(path) for path in sorted(project.glob("packages/acme-*"))]


def _run(*command: str, project: Path) -> None:
    done = subprocess.run(
        [PYTHON, "-m", *command],
        cwd=project,
        env=environment(*source_folders(project), REPOSITORY / "tests"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_generated_packages_work(kitchen_sink: Path, tmp_path: Path) -> None:
    settings = tmp_path / "pytest.ini"
    settings.write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    options = ["--noconftest", "-q", "-p", "no:cacheprovider", "-c", str(settings)]
    probes = map(str, sorted(PROBES.glob("probe_*.py")))

    _run("pytest", *options, "--import-mode=importlib", *probes, project=kitchen_sink)


@pytest.mark.full
def test_the_generated_packages_pass_mypy_strict(kitchen_sink: Path, tmp_path: Path) -> None:
    packages = ("acme.models", "acme.store", "acme.depot_2", "acme.wild")

    assert mypy(kitchen_sink, tmp_path, *packages) == ""


@pytest.mark.full
@needs_node
def test_the_generated_packages_pass_pyright(kitchen_sink: Path) -> None:
    sources = [str(path.relative_to(kitchen_sink)) for path in source_folders(kitchen_sink)]
    settings = {
        "include": [path for path in sources if "acme-" in path],
        "extraPaths": sources,
        "pythonVersion": "3.10",
    }
    (kitchen_sink / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")

    _run("pyright", f"--pythonpath={PYTHON}", project=kitchen_sink)


def test_the_generated_packages_pass_ruff(kitchen_sink: Path) -> None:
    ours = 'lint.isort.known-first-party = ["acme", "arp_sdk"]'
    options = ["--no-cache", "--config", str(CONFIG), "--config", ours, *_generated(kitchen_sink)]

    _run("ruff", "format", "--check", *options, project=kitchen_sink)
    _run("ruff", "check", *options, project=kitchen_sink)


def test_the_project_files_are_toml(kitchen_sink: Path) -> None:
    files = [*kitchen_sink.glob("packages/*/pyproject.toml")]
    read = {path: tomli.loads(path.read_text(encoding="utf-8")) for path in files}

    assert len(read) == 7
    depot = read[kitchen_sink / "packages" / "acme-depot-2" / "pyproject.toml"]
    assert "\N{PACKAGE}" in depot["project"]["description"]


def test_no_package_hides_the_namespace(kitchen_sink: Path) -> None:
    assert list(kitchen_sink.glob("packages/*/src/*/__init__.py")) == []
