from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .checkers import mypy_errors, pyright_errors
from .environments import Environment

Checker = Callable[[Path, Environment], dict[int, str]]

pytestmark = [
    pytest.mark.packaging,
    pytest.mark.parametrize("checker", [mypy_errors, pyright_errors], ids=["mypy", "pyright"]),
]

EVERYTHING = """\
from typing_extensions import assert_type

from arp_sdk.core import RawResponse
from arp_sdk.daemon import DaemonClient
from arp_sdk.errors import ArpApiError
from arp_sdk.models import Health, RunRequest, RunRequestInput, RunStatus, Status, ToolDefinition
from arp_sdk.runtime import RuntimeClient
from arp_sdk.tool_registry import ToolRegistryClient


def submit(daemon: DaemonClient, runtime: RuntimeClient, registry: ToolRegistryClient) -> str:
    assert_type(daemon.health().status, Status)
    assert_type(runtime.raw.health(), RawResponse[Health])
    assert_type(registry.list_tools(), list[ToolDefinition])
    try:
        run = daemon.submit_run(RunRequest(input=RunRequestInput(goal="a goal")))
    except ArpApiError as error:
        return error.code
    assert_type(run, RunStatus)
    daemon.submit_run("a goal")  # error
    return run.goal  # error
"""

ONE_CLIENT = """\
from arp_sdk.daemon import DaemonClient
from arp_sdk.models import Health
from arp_sdk.runtime import RuntimeClient  # error


def health() -> Health:
    return DaemonClient("http://127.0.0.1:1").health()


def run() -> str:
    return str(RuntimeClient)
"""


def marked_lines(program: str) -> set[int]:
    lines = enumerate(program.splitlines(), start=1)
    return {number for number, line in lines if line.endswith("# error")}


def test_they_see_the_types_of_every_package(
    layout: Environment, tmp_path: Path, checker: Checker
) -> None:
    program = tmp_path / "program.py"
    program.write_text(EVERYTHING, encoding="utf-8")
    found = checker(program, layout)
    assert found.keys() == marked_lines(EVERYTHING), found


def test_they_see_what_is_not_installed(
    daemon_alone: Environment, tmp_path: Path, checker: Checker
) -> None:
    program = tmp_path / "program.py"
    program.write_text(ONE_CLIENT, encoding="utf-8")
    found = checker(program, daemon_alone)
    assert marked_lines(ONE_CLIENT) <= found.keys(), found
    assert not {1, 2, 6} & found.keys(), found
