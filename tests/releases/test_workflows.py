"""The workflows of the forge: linted, pinned, and with no more rights than they need."""

from __future__ import annotations

import re
import shlex
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import tomli
import yaml

from .repository import TREE

WORKFLOWS = sorted((TREE / ".github/workflows").glob("*.yml"))


def lint(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What `hatch run workflows` does, with these files."""
    settings = tomli.loads((TREE / "pyproject.toml").read_text(encoding="utf-8"))
    command = shlex.split(settings["tool"]["hatch"]["envs"]["default"]["scripts"]["workflows"])
    program = Path(sysconfig.get_path("scripts")) / command[0]
    return subprocess.run(
        [str(program), *command[1:-1], *map(str, arguments)],
        cwd=TREE,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def jobs(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    return loaded


def test_zizmor_finds_nothing() -> None:
    done = lint(*WORKFLOWS)

    assert len(WORKFLOWS) == 2
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (
            'run: hatch run rebuild "$GITHUB_REF_NAME"',
            "run: hatch run rebuild ${{ github.ref_name }}",
        ),
        ("          persist-credentials: false\n", ""),
        ("permissions: {}", "permissions: write-all"),
        ("@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "@v7"),
    ],
)
def test_zizmor_would_find(good: str, bad: str, tmp_path: Path) -> None:
    text = (TREE / ".github/workflows/release.yml").read_text(encoding="utf-8")
    assert good in text
    copied = tmp_path / ".github/workflows/release.yml"
    copied.parent.mkdir(parents=True)
    copied.write_text(text.replace(good, bad), encoding="utf-8")

    assert lint(copied).returncode != 0


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_with_their_version_beside(path: Path) -> None:
    uses = [line for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]

    assert uses
    for line in uses:
        assert re.fullmatch(r"\s*- uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_only_what_publishes_may_prove_who_it_is() -> None:
    by_name = jobs(TREE / ".github/workflows/release.yml")
    trusted = [name for name, job in by_name.items() if "id-token" in job["permissions"]]

    assert trusted == ["publish"]
    assert by_name["publish"]["environment"] == {"name": "release"}
    assert by_name["publish"]["needs"] == "build"
    # It takes what was built: with its rights it runs no code of this repository.
    assert not [step for step in by_name["publish"]["steps"] if "checkout" in str(step)]


def test_scripts_have_no_templates_in_them() -> None:
    for path in WORKFLOWS:
        for job in jobs(path).values():
            for step in job["steps"]:
                assert "${{" not in step.get("run", "")
