"""The command `arp-sandbox`: in this process where possible, in one of its own for signals."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from arp_sdk.sandbox import Sandbox
from arp_sdk.sandbox._command_line import main
from sandbox.process import WAIT_SECONDS, sandbox_process
from sandbox.runs import ended, eventually, run_request
from support.clients import DaemonClient

pytestmark = pytest.mark.threads_only("the command is under test, not the client")

SIGNALS = [signal.SIGINT, signal.SIGTERM]
FREE_PORTS = ("--daemon-port", "0", "--runtime-port", "0", "--tool-registry-port", "0")


@dataclass(frozen=True)
class Ran:
    code: object
    out: str
    err: str


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run the command in this process."""

    def run(*arguments: str) -> Ran:
        try:
            code: object = main(arguments)
        except SystemExit as stopped:
            code = stopped.code
        captured = capfd.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


def test_it_is_a_console_script() -> None:
    (script,) = entry_points(group="console_scripts", name="arp-sandbox")

    assert script.value == "arp_sdk.sandbox._command_line:main"
    assert callable(script.load())


@pytest.mark.parametrize("number", SIGNALS)
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


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_right_after_the_announcement(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    class Output(io.StringIO):
        def flush(self) -> None:
            signal.raise_signal(number)

    output = Output()
    monkeypatch.setattr(sys, "stdout", output)

    assert main(FREE_PORTS) == 0
    assert output.getvalue().endswith("Ctrl-C stops them.\n\nStopped.\n")
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


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


def test_run_a_command(command: Callable[..., Ran]) -> None:
    program = (
        "from arp_sdk.daemon import DaemonClient; daemon = DaemonClient();"
        "print(len(daemon.list_instances().instances)); daemon.close(); raise SystemExit(7)"
    )

    ran = command("--instances", "2", "--token", "x", "--run", sys.executable, "-c", program)

    assert ran == Ran(7, "2\n", "")


def test_run_a_command_that_does_not_exist(command: Callable[..., Ran]) -> None:
    ran = command("--run", "no-such-command-anywhere")

    message = "arp-sandbox: no-such-command-anywhere: No such file or directory\n"
    assert ran == Ran(127, "", message)


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_while_a_command_runs(tmp_path: Path, number: signal.Signals) -> None:
    mark = tmp_path / "mark"
    program = f"import pathlib, time; pathlib.Path({str(mark)!r}).touch(); time.sleep(600)"
    process = subprocess.Popen(
        [sys.executable, "-m", "arp_sdk.sandbox", "--run", sys.executable, "-c", program],
        start_new_session=True,
    )
    assert eventually(mark.exists, True)
    # A terminal sends SIGINT to the command too; here it does not arrive there.
    process.send_signal(number)
    if number == signal.SIGINT:
        process.terminate()

    assert process.wait(WAIT_SECONDS) == 128 + signal.SIGTERM


def test_port_that_is_taken(box: Sandbox, command: Callable[..., Ran]) -> None:
    port = box.daemon_url.rpartition(":")[2]

    ran = command("--daemon-port", port, "--run", "true")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"arp-sandbox: port {port}: ") and "--daemon-port 0" in ran.err


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["--daemon-port", "70000", "--run", "true"], 1, "port must be 0-65535"),
        (["--latency", "-1"], 2, "not from 0 to 60"),
        (["--latency", "nan"], 2, "not from 0 to 60"),
        (["--state", "/nowhere/at/all", "--run", "true"], 1, "cannot be opened"),
        (["--instances", "11"], 2, "invalid choice"),
    ],
)
def test_invalid_arguments(
    command: Callable[..., Ran], arguments: list[str], code: int, text: str
) -> None:
    ran = command(*arguments)

    assert ran.code == code
    assert text in ran.err and "Traceback" not in ran.err


def test_allowed_host(command: Callable[..., Ran]) -> None:
    program = (
        "import os, urllib.request as u; r = u.Request(os.environ['ARP_DAEMON_URL'] + '/v1/health',"
        "headers={'Host': 'sandbox.test'}); print(u.urlopen(r).status)"
    )

    ran = command("--allow-host", "sandbox.test", "--run", sys.executable, "-c", program)

    assert ran == Ran(0, "200\n", "")


def test_token_of_the_environment(
    command: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARP_TOKEN", "from outside")

    assert command("--run", "sh", "-c", "echo $ARP_TOKEN").out == "from outside\n"


def test_version(command: Callable[..., Ran]) -> None:
    assert command("--version") == Ran(0, "arp-sandbox 1.0.0\n", "")


def test_log_level() -> None:
    with sandbox_process("--log-level", "info") as running:
        with DaemonClient(running.daemon_url) as daemon:
            daemon.health()
        code, _, err = running.end(signal.SIGINT)

    assert code == 0
    assert '"GET /v1/health HTTP/1.1" 200' in err
