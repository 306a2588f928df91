"""The reference page's programs run as they are written, but for the address."""

from __future__ import annotations

import ast
import subprocess
import sys
from datetime import datetime
from typing import Any

import pytest

from first_party.reference_page import NO_PAGE, PAGE, PLACEHOLDER, programs_of_the_page
from support.clients import DaemonClient

pytestmark = pytest.mark.threads_only("programs bring their own clients")

PROGRAM_SECONDS = 120


@pytest.fixture(scope="module")
def programs() -> list[str]:
    if not PAGE.is_file():
        pytest.skip(NO_PAGE)
    return programs_of_the_page()


def printed(program: str, daemon_url: str) -> list[Any]:
    completed = subprocess.run(
        [sys.executable, "-c", program.replace(PLACEHOLDER, daemon_url)],
        capture_output=True,
        text=True,
        timeout=PROGRAM_SECONDS,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr
    return [ast.literal_eval(line) for line in completed.stdout.splitlines()]


def test_page_has_two_programs(programs: list[str]) -> None:
    assert len(programs) == 2


@pytest.mark.usefixtures("new_instances")
def test_health_and_create(programs: list[str], daemon: DaemonClient, daemon_url: str) -> None:
    health, created = printed(programs[0], daemon_url)

    assert health["status"] == "ok"
    assert datetime.fromisoformat(health["time"].replace("Z", "+00:00")).utcoffset() is not None
    (instance,) = created["instances"]
    assert instance["state"] == "ready"
    assert instance["runtime_profile"] == "default"
    assert instance in [listed.to_dict() for listed in daemon.list_instances().instances]


@pytest.mark.usefixtures("managed")
def test_submit_and_poll(programs: list[str], daemon: DaemonClient, daemon_url: str) -> None:
    (result,) = printed(programs[1], daemon_url)

    assert result["ok"] is True
    assert result["output"]["final_text"] == "Done."
    assert result == daemon.get_run_result(result["run_id"]).to_dict()
