"""Type checkers see the types of installed wheels, and what is not installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.environments import Environment
from support.type_checkers import CHECKERS, Checker, marked_lines

pytestmark = pytest.mark.full

PROGRAM = """\
from typing_extensions import assert_type

from arp_sdk.core import RawResponse
from arp_sdk.daemon import DaemonClient
from arp_sdk.errors import ArpApiError
from arp_sdk.models import Health, RunRequest, RunRequestInput, RunStatus, Status
from arp_sdk.runtime import RuntimeClient  # error


def submit(daemon: DaemonClient) -> str:
    assert_type(daemon.health().status, Status)
    assert_type(daemon.raw.health(), RawResponse[Health])
    try:
        run = daemon.submit_run(RunRequest(input=RunRequestInput(goal="a goal")))
    except ArpApiError as error:
        return error.code
    assert_type(run, RunStatus)
    daemon.submit_run("a goal")  # error
    return run.goal  # error
"""


@pytest.mark.parametrize("checker", CHECKERS)
def test_they_see_what_is_installed(
    daemon_alone: Environment, tmp_path: Path, checker: Checker
) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    found = dict(checker([program], daemon_alone.python)[program.name])
    # What follows from the missing package is reported on its line, too.
    assert found.keys() == marked_lines(program), found
