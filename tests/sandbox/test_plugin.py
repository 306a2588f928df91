"""The pytest plugin, as a project finds it that has installed the distribution."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]


TESTS = """
import pytest
from arp_sdk.daemon import DaemonClient
from arp_sdk.errors import ArpApiError
from arp_sdk.models import RunRequest, RunRequestInput
from arp_sdk.sandbox import Sandbox

REQUEST = RunRequest(run_id="the_same_everywhere", input=RunRequestInput(goal="hello"))

@pytest.mark.parametrize("number", range(12))
def test_isolated(arp_sandbox: Sandbox, number: int) -> None:
    with DaemonClient() as daemon:
        assert daemon.base_url == arp_sandbox.daemon_url
        assert daemon.list_runs().runs == []
        daemon.submit_run(REQUEST)
        assert len(daemon.list_runs().runs) == 1

@pytest.mark.arp_sandbox(token="secret", instances=0)
def test_options(arp_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    with DaemonClient() as daemon:
        assert daemon.list_instances().instances == []
    with DaemonClient(auth="wrong") as daemon, pytest.raises(ArpApiError):
        daemon.list_instances()
"""


def test_fixture(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS)

    pytester.runpytest_inprocess("-W", "error", "--strict-markers").assert_outcomes(passed=13)


@pytest.mark.full
def test_fixture_in_several_processes(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS)

    ran = pytester.runpytest_subprocess("-W", "error", "--strict-markers", "-n", "2")

    ran.assert_outcomes(passed=13)
    ran.stdout.fnmatch_lines("*2 workers*")


def test_it_is_documented(pytester: pytest.Pytester) -> None:
    fixtures = pytester.runpytest_inprocess("--fixtures").stdout
    markers = pytester.runpytest_inprocess("--markers").stdout

    fixtures.fnmatch_lines("arp_sandbox*")
    markers.fnmatch_lines("@pytest.mark.arp_sandbox(**options)*")


def test_loading_it_imports_no_service() -> None:
    program = (
        "import sys, pytest; import arp_sdk.sandbox._pytest_plugin;"
        "print(sorted({'uvicorn', 'starlette', 'requests', 'msgspec'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "[]\n"
