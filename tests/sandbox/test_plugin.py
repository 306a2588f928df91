"""The pytest plugin, as a project finds it that has installed the distribution."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

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


def pytest_in(folder: Path, *arguments: str) -> str:
    (folder / "test_with_a_sandbox.py").write_text(TESTS, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-W", "error", "--strict-markers", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_fixture(tmp_path: Path) -> None:
    assert "13 passed" in pytest_in(tmp_path, "-p", "no:xdist")


@pytest.mark.full
def test_fixture_in_several_processes(tmp_path: Path) -> None:
    out = pytest_in(tmp_path, "-n", "3")

    assert "13 passed" in out and "3 workers" in out


def test_it_is_documented(tmp_path: Path) -> None:
    assert "arp_sandbox" in pytest_in(tmp_path, "--fixtures")
    assert "@pytest.mark.arp_sandbox(**options)" in pytest_in(tmp_path, "--markers")


def test_loading_it_imports_no_service() -> None:
    program = (
        "import sys, pytest; import arp_sdk.sandbox._pytest_plugin;"
        "print(sorted({'uvicorn', 'starlette', 'requests', 'msgspec'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "[]\n"
