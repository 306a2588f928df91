"""Programs of pages and examples run with nothing but what these say to install."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from support import environments
from support.environments import Environment
from support.example_services import SERVICES, running
from support.pages import programs_on, run_program

from .sources import REPOSITORY

pytestmark = [
    pytest.mark.full,
    pytest.mark.threads_only("programs bring their own clients"),
]

PAGES = (
    "docs/your-own-service.md",
    *(f"packages/arp-{name}/README.md" for name in ("check", "sandbox", "server")),
)


def asked_for(text: str, folder: Path, wheelhouse: Path) -> Environment:
    """Make an environment with what a text says to install, and nothing else."""
    commands = re.findall(r"pip install ([^`\n)]+)", text)
    wanted = [word for each in commands for word in shlex.split(each)]
    assert wanted
    made = environments.make(folder / "environment")
    made.install("--find-links", wheelhouse, *wanted)
    return made


@pytest.mark.parametrize("page", PAGES)
def test_the_programs_of_a_page_run(page: str, tmp_path: Path, wheelhouse: Path) -> None:
    path = REPOSITORY / page
    environment = asked_for(path.read_text(encoding="utf-8"), tmp_path, wheelhouse)
    for text, printed in programs_on(path):
        run_program(environment.python, tmp_path, text, printed)


@pytest.mark.parametrize("service", sorted(each.stem for each in SERVICES.glob("*.py")))
def test_an_example_service_runs(service: str, tmp_path: Path, wheelhouse: Path) -> None:
    text = (SERVICES / f"{service}.py").read_text(encoding="utf-8")
    environment = asked_for(text, tmp_path, wheelhouse)
    path = "/openapi.json" if service == "mounted" else "/v1/version"
    with running(service, path, python=environment.python):
        pass
