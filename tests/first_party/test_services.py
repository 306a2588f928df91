"""The services end with whoever has started them, and a failed start tells why."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from arp_sdk.models import InstanceCreateRequest
from first_party import environment, services
from first_party.targets import only_first_party
from support.clients import DaemonClient

pytestmark = [only_first_party, pytest.mark.threads_only("it is about the services")]

START_AND_WAIT = """
import sys, time
from pathlib import Path
from first_party import services

with services.tool_registry(Path(sys.argv[1]), Path(sys.argv[2])) as service:
    print(service.url, flush=True)
    time.sleep(600)
"""


def test_stopping_the_daemon_stops_its_instances(
    services_venv: Path, tmp_path: Path, tool_registry_url: str
) -> None:
    with services.daemon(services_venv, tmp_path, tool_registry_url) as service:
        with DaemonClient(service.url) as client:
            created = client.create_instances(InstanceCreateRequest(runtime_profile="default"))
        endpoint = created.instances[0].runtime_api_endpoint
        assert services.accepts_connections(endpoint)

    assert services.has_ended(service.url)
    assert services.has_ended(endpoint)


def test_instances_that_nobody_deletes_end_with_the_daemon(
    services_venv: Path, tmp_path: Path, tool_registry_url: str
) -> None:
    with services.daemon(services_venv, tmp_path, tool_registry_url) as service:
        with DaemonClient(service.url) as client:
            created = client.create_instances(InstanceCreateRequest(runtime_profile="default"))
        endpoint = created.instances[0].runtime_api_endpoint
        assert service.process.stdin is not None
        service.process.stdin.close()

        assert services.has_ended(service.url)
        assert services.has_ended(endpoint)


def test_services_end_with_a_killed_test_run(services_venv: Path, tmp_path: Path) -> None:
    tests = Path(services.__file__).parents[1]
    run = subprocess.Popen(
        [sys.executable, "-c", START_AND_WAIT, str(services_venv), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(tests)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    try:
        url = run.stdout.readline().strip()
        assert services.accepts_connections(url)
    finally:
        run.send_signal(signal.SIGKILL)
        run.communicate()

    assert services.has_ended(url)


def test_failed_start_shows_the_log(tmp_path: Path) -> None:
    command = tmp_path / "bin" / "arp-jarvis-tool-registry"
    command.parent.mkdir()
    command.write_text("#!/bin/sh\necho the reason >&2\nexit 3\n", encoding="utf-8")
    command.chmod(0o755)

    with (
        pytest.raises(services.StartFailedError, match=r"(?s)ended with 3 .*the reason"),
        services.tool_registry(tmp_path, tmp_path / "logs"),
    ):
        raise AssertionError("it has started")


def test_named_environment_without_the_services(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(environment.VENV_VARIABLE, str(tmp_path))

    with pytest.raises(environment.EnvironmentFailedError, match="lacks arp-jarvis-daemon"):
        environment.services_environment()
