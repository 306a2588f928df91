"""Errors in two lines, exit codes, and secrets that stay where they are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from arp_sdk.sandbox import Sandbox

from .conftest import HOSTILE, Arp
from .driving import PROGRAM, WAIT_SECONDS, run

SECRET = "s3cr3t-token"


@pytest.mark.parametrize(
    ("fault", "arguments", "code", "hint"),
    [
        ({"status": 401}, ["runs"], 3, "Set a token: ARP_TOKEN"),
        ({"status": 403}, ["tools"], 3, "The token does not permit this"),
        ({"status": 503, "retry_after": 0}, ["runs"], 3, "Try again later."),
        ({"status": 500}, ["runs"], 3, "Ask the operator"),
        ({"malformed": True}, ["instances"], 3, "Check that the address"),
        ({"reset": "before"}, ["profiles"], 4, "Check the address"),
        ({"reset": "after"}, ["instances", "create", "default"], 4, "The request may have taken"),
        ({}, ["result", "nope"], 3, "arp runs"),
        ({}, ["runs", "--limit", "0"], 2, "arp runs --help"),
        ({}, ["nothing"], 2, "arp --help"),
        ({}, ["--context", "nope", "runs"], 2, "arp context list"),
        ({}, ["run"], 2, "arp run --help"),
        ({}, ["run", "a", "--out", "x"], 2, "arp run --help"),
        ({}, ["run", "a", "--request", '{"input": 1}'], 2, "arp run --help"),
        ({}, ["run", "--file", "nowhere.txt"], 2, "Choose another file"),
    ],
)
def test_an_error_is_two_lines_and_an_exit_code(
    arp: Arp, box: Sandbox, fault: dict[str, Any], arguments: list[str], code: int, hint: str
) -> None:
    if fault:
        box.faults.add(**fault)
    try:
        done = arp(*arguments)
    finally:
        box.faults.clear()
    assert (done.code, done.out) == (code, "")
    what, todo, *urls = done.err.splitlines()
    assert [each for each in urls if not each.startswith("     https://")] == []
    assert what.startswith("arp: ")
    assert todo.startswith("     ")
    assert hint in todo


def test_text_of_a_service_in_an_error_is_harmless(arp: Arp, box: Sandbox) -> None:
    box.script("evil", [])
    done = arp("result", HOSTILE)
    assert done.code == 3
    assert "\x1b" not in done.err
    assert "\u202e" not in done.err
    assert done.err.count("\n") == 2


@pytest.mark.parametrize(
    ("format", "read"),
    [
        ("json", json.loads),
        pytest.param("yaml", yaml.safe_load, marks=pytest.mark.full),
        pytest.param("table", None, marks=pytest.mark.full),
    ],
)
def test_an_encoding_that_lacks_characters(env: dict[str, str], format: str, read: Any) -> None:
    ascii_only = {**env, "PYTHONIOENCODING": "ascii"}
    done = run("invoke", "echo", "text=\u4f60\U0001f600", "-o", format, env=ascii_only)
    assert (done.code, done.err) == (0, "")
    if read is not None:
        assert read(done.out) == {"text": "\u4f60\U0001f600"}


def test_no_service_at_all(env: dict[str, str]) -> None:
    done = run("runs", env={**env, "ARP_DAEMON_URL": "http://127.0.0.1:1"})
    assert (done.code, done.out) == (4, "")
    assert "cannot connect" in done.err


def test_an_error_names_its_entry_in_the_documentation(env: dict[str, str], tmp_path: Path) -> None:
    # The metadata of a release name the site.
    (tmp_path / "arp_core-9.dist-info").mkdir()
    (tmp_path / "arp_core-9.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.4\nName: arp-core\nVersion: 9\n"
        "Project-URL: Source, https://forge.example/sdk\n"
        "Project-URL: Documentation, https://docs.example/stable/\n"
    )
    done = run(
        "runs", env={**env, "ARP_DAEMON_URL": "http://127.0.0.1:1", "PYTHONPATH": str(tmp_path)}
    )
    page = "https://docs.example/stable/troubleshooting/connections.html"
    assert done.err.splitlines()[2:] == [f"     {page}#arpconnectionerror"]


def test_a_timeout_of_the_service(arp: Arp, box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    from arp_sdk.core import Client

    made = Client.__init__

    def impatient(self: Client, *arguments: Any, **options: Any) -> None:
        made(self, *arguments, **{**options, "timeout": 0.05, "retries": 0})

    monkeypatch.setattr(Client, "__init__", impatient)
    box.faults.add(operation="list_runs", delay=5.0)
    try:
        done = arp("runs")
    finally:
        box.faults.clear()
    assert (done.code, "Try again later" in done.err) == (5, True)


def test_a_closed_pipe_is_no_error(env: dict[str, str]) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "tools", "show", "calc"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **env},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(WAIT_SECONDS) == 141


@pytest.mark.full
def test_a_context_has_no_secret_and_its_token_goes_to_its_services_alone(
    env: dict[str, str], tmp_path: Path
) -> None:
    own = {"ARP_CONFIG": env["ARP_CONFIG"], "MY_TOKEN": SECRET}
    command = f"{sys.executable} -c 'import os; print(os.environ[\"MY_TOKEN\"])'"
    with Sandbox(token=SECRET) as box, Sandbox() as other:
        urls = {
            "--daemon-url": box.daemon_url,
            "--tool-registry-url": box.tool_registry_url,
        }
        pairs = [each for pair in urls.items() for each in pair]
        assert run("context", "add", "a", *pairs, "--token-command", command, env=own).code == 0
        assert run("context", "add", "b", *pairs, "--token-env", "MY_TOKEN", env=own).code == 0
        assert run("context", "add", "c", "--daemon-url", box.daemon_url, env=own).code == 0
        runs = ("runs", "-o", "jsonl")
        assert run(*runs, env=own).code == 0  # the first context is the current one
        assert run("--context", "b", *runs, env=own).code == 0
        # ARP_TOKEN belongs to the addresses of the environment, and to no context.
        mixed = {**own, "ARP_TOKEN": SECRET}
        assert run("--context", "c", *runs, env=mixed).code == 3
        assert run(*runs, env={**mixed, "ARP_DAEMON_URL": box.daemon_url}).code == 0
        # A named context wins over the environment, which wins over the current one.
        elsewhere = {**own, "ARP_DAEMON_URL": other.daemon_url}
        shown = run("context", "show", "-o", "yaml", env=elsewhere).out
        assert shown == f"source: the environment\ndaemon: {other.daemon_url}\n"
        shown = run("context", "show", env={**elsewhere, "ARP_CONTEXT": "b"}).out
        assert box.daemon_url in shown
        assert run("invoke", "calc", "expression=1", env=own).code == 0
        # The runtimes of the daemon get the token for workers only.
        done = run("run", "echo hi", "--run-id", "run_own", env=own)
        assert done.code == 0
        assert '"seq"' not in run("watch", "run_own", env=own).out
        workers = ("context", "add", "a", "--worker-token-env", "MY_TOKEN")
        assert run(*workers, env=own).code == 0
        assert '"seq"' in run("watch", "run_own", env=own).out
        assert SECRET not in run("context", "list", env=own).out
    file = Path(env["ARP_CONFIG"])
    assert SECRET not in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o077 == 0 or sys.platform == "win32"
    for arguments in (("use", "b"), ("remove", "a"), ("remove", "b")):
        assert run("context", *arguments, env=own).code == 0
    assert run("context", "list", "-o", "jsonl", env=own).out.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--token-command", "false"], "ended with exit code 1"),
        (["--token-command", "true"], "prints nothing"),
        (["--token-command", "no-such-program"], "cannot be started"),
        (["--token-env", "NOT_SET"], "NOT_SET of the context is not set"),
    ],
)
def test_a_token_that_cannot_be_had(
    arp: Arp, box: Sandbox, arguments: list[str], message: str
) -> None:
    assert arp("context", "add", "x", "--daemon-url", box.daemon_url, *arguments).code == 0
    done = arp("--context", "x", "runs")
    assert (done.code, done.out) == (2, "")
    assert message in done.err.splitlines()[0]


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "x", "--daemon-url", f"http://user:{SECRET}@host"],
        ["add", "x", "--daemon-url", "host:8000"],
        ["add", "x/y", "--daemon-url", "http://host"],
        ["add", "x", "--token-command", "a", "--token-env", "b"],
        ["use", "none"],
        ["remove", "none"],
        ["show", "none"],
    ],
)
def test_a_context_that_cannot_be(arp: Arp, env: dict[str, str], arguments: list[str]) -> None:
    done = arp("context", *arguments)
    assert (done.code, done.err.count("\n")) == (2, 2)
    assert SECRET not in done.err
    assert not Path(env["ARP_CONFIG"]).exists()


def test_a_damaged_file_of_contexts(arp: Arp, env: dict[str, str]) -> None:
    Path(env["ARP_CONFIG"]).write_text(f"token = {SECRET}", encoding="utf-8")
    done = arp("context", "list")
    assert done.code == 2
    assert "is not TOML" in done.err
    assert SECRET not in done.err


def test_the_commands_of_other_packages(env: dict[str, str], box: Sandbox) -> None:
    checked = run("check", box.runtime_url, "--read-only", env=env)
    assert (checked.code, checked.err) == (0, "")
    assert "0 errors, 0 warnings" in checked.out
    assert run("check", "http://127.0.0.1:9", env=env).code == 4
    assert "registry" in run("mcp", "--help", env=env).out
