from __future__ import annotations

import os
import signal
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from arp_sdk.sandbox import Sandbox
from sandbox.process import Process, sandbox_process
from sandbox.runs import ended, run_request
from support.clients import DaemonClient

pytestmark = pytest.mark.threads_only("the command is the same for clients of both kinds")


def command(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "ARP_TOKEN"}
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "arp_sdk.sandbox", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**environment, **variables},
    )


def test_it_is_a_console_script() -> None:
    (script,) = entry_points(group="console_scripts", name="arp-sandbox")

    assert script.value == "arp_sdk.sandbox._command_line:main"
    assert callable(script.load())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_until_it_is_stopped(number: int) -> None:
    with sandbox_process() as running:
        assert set(running.variables) == {
            "ARP_TOOL_REGISTRY_URL",
            "ARP_RUNTIME_URL",
            "ARP_DAEMON_URL",
        }
        assert f"daemon         {running.daemon_url}\n" in running.announcement
        with DaemonClient(running.daemon_url) as daemon:
            run = daemon.submit_run(run_request("What is (19*23)?"))
            assert ended(daemon, run.run_id).state == "succeeded"
        code, out, err = running.end(number)

    assert (code, out, err) == (0, "\nStopped.\n", "")


def test_it_stops_while_runs_go_on() -> None:
    with sandbox_process("--latency", "60") as running:
        with DaemonClient(running.daemon_url) as daemon:
            daemon.submit_run(run_request("What is (19*23)?"))
        code, _, err = running.end(signal.SIGINT)

    assert (code, err) == (0, "")


def test_token() -> None:
    with sandbox_process("--token", "a b'c") as running:
        token = subprocess.check_output(
            ["sh", "-c", f"printf %s {running.variables['ARP_TOKEN']}"], text=True
        )
        with DaemonClient(running.daemon_url, auth=token) as daemon:
            assert len(daemon.list_instances().instances) == 1


def test_run_a_command() -> None:
    program = (
        "from arp_sdk.daemon import DaemonClient; daemon = DaemonClient();"
        "print(len(daemon.list_instances().instances)); daemon.close(); raise SystemExit(7)"
    )

    ran = command("--instances", "2", "--token", "x", "--run", sys.executable, "-c", program)

    assert (ran.returncode, ran.stdout, ran.stderr) == (7, "2\n", "")


def test_run_a_command_that_is_not_there() -> None:
    ran = command("--run", "no-such-command-anywhere")

    assert (ran.returncode, ran.stdout) == (127, "")
    assert ran.stderr == "arp-sandbox: no-such-command-anywhere: No such file or directory\n"


def test_run_ends_with_the_command_that_is_stopped(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    program = f"import pathlib, time; pathlib.Path({str(mark)!r}).touch(); time.sleep(600)"
    process = subprocess.Popen(
        [sys.executable, "-m", "arp_sdk.sandbox", "--run", sys.executable, "-c", program]
    )
    while not mark.exists():
        assert process.poll() is None
    process.terminate()

    assert process.wait(30) == 128 + signal.SIGTERM


def test_port_that_is_taken(box: Sandbox) -> None:
    port = box.daemon_url.rpartition(":")[2]

    ran = command("--daemon-port", port, "--run", "true")

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("arp-sandbox: ") and "in use" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--daemon-port", "70000", "--run", "true"], "port must be 0-65535"),
        (["--latency", "-1"], "not from 0 to 60"),
        (["--state", "/nowhere/at/all", "--run", "true"], "cannot be opened"),
        (["--instances", "11"], "invalid choice"),
    ],
)
def test_arguments_that_make_no_sense(arguments: list[str], text: str) -> None:
    ran = command(*arguments)

    assert ran.returncode in (1, 2)
    assert text in ran.stderr and "Traceback" not in ran.stderr


def test_token_of_the_environment() -> None:
    ran = command("--run", "sh", "-c", "echo $ARP_TOKEN", ARP_TOKEN="from outside")

    assert ran.stdout == "from outside\n"


def test_version() -> None:
    assert command("--version").stdout == "arp-sandbox 1.0.0\n"


def test_log_level() -> None:
    with sandbox_process("--log-level", "info") as running:
        assert isinstance(running, Process)
        with DaemonClient(running.daemon_url) as daemon:
            daemon.health()
        _, _, err = running.end(signal.SIGINT)

    assert '"GET /v1/health HTTP/1.1" 200' in err
