"""The commands in a terminal: tables, colors, narrow windows, Ctrl-C, completion."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
import requests

from arp_sdk.daemon import DaemonClient
from arp_sdk.sandbox import Call, Finish, Gate, Sandbox, Say, Wait

from .conftest import HOSTILE
from .driving import PROGRAM, WAIT_SECONDS, Terminal, lines_of, run

full = pytest.mark.full

pytest.importorskip("pty", reason="there is no pseudo-terminal on this system")


@pytest.mark.parametrize("columns", [40, *(pytest.param(n, marks=full) for n in (80, 120))])
@pytest.mark.parametrize(
    "arguments",
    [
        ["tools"],
        ["tools", "show", "hostile"],
        *(pytest.param(c, marks=full) for c in (["runs"], ["instances"], ["daemon", "list-runs"])),
    ],
    ids=" ".join,
)
def test_what_fits_on_a_terminal(
    env: dict[str, str], box: Sandbox, arguments: list[str], columns: int
) -> None:
    with DaemonClient(box.daemon_url) as daemon:
        daemon.run("echo hi")
    terminal = Terminal(*arguments, env=env, columns=columns)
    assert terminal.end() == 0
    lines = terminal.text.replace("\r", "").splitlines()
    assert len(lines) >= 2
    assert max(map(len, lines)) <= columns
    # The only codes are those of colors.
    assert {*re.findall(r"\x1b\[[0-9;?]*([A-Za-z])", terminal.raw)} <= {"m"}
    if "tools" in arguments:
        flat = re.sub(r"\s+", "", terminal.text)
        assert r"[bold]red[/bold]\u001b[31m\u202eevil\u0007" in flat or columns == 80


def test_colors_can_be_switched_off(env: dict[str, str]) -> None:
    colored = Terminal("instances", env=env)
    assert colored.end() == 0
    plain = Terminal("instances", env={**env, "NO_COLOR": "1"})
    assert plain.end() == 0
    assert "\x1b[32m" in colored.raw
    assert not re.search(r"\x1b\[3\dm", plain.raw)


def test_a_run_as_it_happens(env: dict[str, str], box: Sandbox) -> None:
    gate = Gate()
    say, call = Say(f"Thinking {HOSTILE}"), Call("echo", {"text": HOSTILE})
    box.script("slow", [say, call, Wait(gate), Finish({"text": HOSTILE})])
    terminal = Terminal("run", "slow", env=env)
    terminal.wait_for("tool_result")
    assert "tool_call echo" in terminal.text
    gate.open()
    assert terminal.end() == 0
    last = terminal.text.strip().splitlines()[-1]
    assert last == r"[bold]red[/bold]\u001b[31m\u202eevil\u0007"
    assert "\x1b[31m" not in terminal.raw.replace("\x1b[31m!", "")


def test_ctrl_c_leaves_the_run_alone(env: dict[str, str], box: Sandbox) -> None:
    gate = Gate()
    box.script("long", [Say("Begun.\n"), Wait(gate), Finish({"text": "end"})])
    terminal = Terminal("run", "long", "--run-id", "run_left", env=env)
    terminal.wait_for("Begun.")
    terminal.press_ctrl_c()
    assert terminal.end() == 130
    assert "The run run_left continues." in terminal.text
    assert "arp watch run_left" in terminal.text
    gate.open()
    watching = Terminal("watch", "run_left", env=env)
    assert watching.end() == 0
    assert watching.text.strip().endswith("end")


def test_many_runs_can_be_interrupted_and_continued(
    env: dict[str, str], box: Sandbox, tmp_path: Path
) -> None:
    gate = Gate()
    box.script("held", [Wait(gate), Finish({"text": "late"})])
    goals, out = tmp_path / "goals.txt", tmp_path / "results.jsonl"
    request = '{"input": {"goal": "echo json"}}'
    goals.write_text(f"echo one\n\nheld\n{request}\nwhat is love\n", encoding="utf-8")
    batch = ("run", "--file", str(goals), "--out", str(out), "--max-concurrency", "2", "--resume")
    with DaemonClient(box.daemon_url) as daemon:
        before = len([*daemon.iter_runs()])
        terminal = Terminal(*batch, env=env)
        terminal.wait_for("3/4")
        terminal.press_ctrl_c()
        assert terminal.end() == 130
        assert "Run the same command with --resume." in terminal.text
        done = lines_of(out)
        assert len(done) == 2
        # A crash in the middle of a line must not hide it.
        out.write_text("\n".join([*done, '{"line": 3, "ru']), encoding="utf-8")
        gate.open()
        again = run(*batch, env=env)
        # Each goal was submitted once.
        assert len([*daemon.iter_runs()]) == before + 4
    assert again.code == 1
    assert "arp: 1 of 4 runs failed." in again.err
    assert {re.match(r'\{"line": (\d)', line)[1] for line in lines_of(out)} == {"1", "3", "4"}  # type: ignore[index]
    (failure,) = lines_of(tmp_path / "results.jsonl.failures")
    assert failure.startswith('{"line": 5')
    refused = run(*batch[:-1], env=env)
    assert (refused.code, "exists" in refused.err) == (2, True)
    goals.write_text("echo one\n\nheld\necho json", encoding="utf-8")
    assert run(*batch, env=env).code == 0
    assert sorted(path.name for path in tmp_path.glob("results*")) == ["results.jsonl"]


def test_many_runs_to_stdout(env: dict[str, str]) -> None:
    done = run("run", "--file", "-", env=env, stdin="echo a\necho b\n")
    assert (done.code, len(done.out.splitlines())) == (0, 2)
    broken = run("run", "--file", "-", env=env, stdin='echo a\n{"input": 1}\n')
    assert (broken.code, broken.out) == (2, "")
    assert "line 2: " in broken.err


@pytest.mark.parametrize("sign", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=full)])
def test_services_for_development(env: dict[str, str], sign: signal.Signals) -> None:
    own = {"ARP_CONFIG": env["ARP_CONFIG"]}
    ports = [f"--{name}-port=0" for name in ("daemon", "runtime", "tool-registry")]
    terminal = Terminal("dev", *ports, env=own, columns=40)
    terminal.wait_for("Ctrl-C")
    # The address of the page is in one piece, so that it can be copied.
    assert re.search(r"http://127\.0\.0\.1:\d+/[\w-]{32}/", terminal.text)
    urls = dict(re.findall(r"export (\w+)=(\S+)", terminal.text))
    assert '"ok": true' in run("run", "echo hi", env={**own, **urls}).out
    os.killpg(terminal._process.pid, sign)
    assert terminal.end() == 0
    assert "Stopped." in terminal.text


def test_the_page_of_a_context(env: dict[str, str]) -> None:
    terminal = Terminal("ui", "--page-port", "0", env=env)
    terminal.wait_for("Ctrl-C")
    (url,) = re.findall(r"http://127\.0\.0\.1:\d+/\S+/", terminal.text)
    page = requests.get(f"{url}runs", timeout=WAIT_SECONDS)
    assert (page.status_code, "the environment" in page.text) == (200, True)
    assert ">Faults<" not in page.text
    terminal.press_ctrl_c()
    assert terminal.end() == 0


def completions(env: dict[str, str], *words: str) -> list[str]:
    """The values that the shell would offer for the last word."""
    done = subprocess.run(
        PROGRAM,
        capture_output=True,
        text=True,
        check=False,
        timeout=WAIT_SECONDS,
        env={
            **os.environ,
            **env,
            "_ARP_COMPLETE": "bash_complete",
            "COMP_WORDS": " ".join(["arp", *words]),
            "COMP_CWORD": str(len(words)),
        },
    )
    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


def test_values_are_completed_by_the_service(env: dict[str, str], box: Sandbox) -> None:
    with DaemonClient(box.daemon_url) as daemon:
        daemon.run("echo hi")
        (instance, *_) = daemon.list_instances().instances
        runs = {run.run_id for run in daemon.iter_runs()}
    assert {*completions(env, "watch", "run_")} <= runs
    assert completions(env, "daemon", "get-run-status", "run_") != []
    assert completions(env, "invoke", "ca") == ["calc"]
    assert completions(env, "tools", "show", "ec") == ["echo"]
    assert instance.instance_id in completions(env, "instances", "delete", "inst")
    assert completions(env, "run", "--profile", "def") == ["default"]
    assert completions(env, "daemon", "list-r") == ["list-runtime-profiles", "list-runs"]
    assert completions({**env, "ARP_DAEMON_URL": "http://127.0.0.1:1"}, "watch", "run_") == []


@pytest.mark.parametrize(
    "shell", ["bash", pytest.param("zsh", marks=full), pytest.param("fish", marks=full)]
)
def test_the_script_of_a_shell(env: dict[str, str], tmp_path: Path, shell: str) -> None:
    done = run("completion", shell, env=env)
    assert (done.code, done.err) == (0, "")
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell}: apt-get install {shell}")
    script = tmp_path / "script"
    script.write_text(done.out, encoding="utf-8")
    check = {"bash": "-n", "zsh": "-n", "fish": "--no-execute"}[shell]
    subprocess.run([program, check, str(script)], check=True, timeout=WAIT_SECONDS)
    if shell == "bash":
        lines = f". {script}; COMP_WORDS=(arp invoke ca); COMP_CWORD=2; _arp_completion arp; "
        arp = Path(PROGRAM[0]).with_name("arp")
        found = subprocess.run(
            [program, "-c", lines + 'echo "${COMPREPLY[@]}"'],
            capture_output=True,
            text=True,
            check=True,
            timeout=WAIT_SECONDS,
            env={**os.environ, **env, "PATH": f"{arp.parent}{os.pathsep}{os.environ['PATH']}"},
        )
        assert found.stdout == "calc\n"


def test_help_loads_neither_clients_nor_rich(env: dict[str, str]) -> None:
    code = (
        "import sys; from arp_sdk.cli import main; main(['--help']);"
        "print({'rich', 'msgspec', 'requests', 'yaml', 'arp_sdk.core', 'arp_sdk.models'}"
        " & {*sys.modules})"
    )
    done = subprocess.run(
        [PROGRAM[0], "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=WAIT_SECONDS,
        env={**os.environ, **env},
    )
    assert done.stdout.splitlines()[-1] == "set()"
