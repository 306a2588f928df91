"""The command `arp` with the first-party services of ARP 0.3, as a user drives it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cli.driving import Done, Terminal, lines_of, run
from first_party_0_3.services import PROGRAMS
from first_party_0_3.targets import CLIENTS

from support.issuer import Issuer

pytestmark = [
    pytest.mark.full,
    pytest.mark.threads_only("the command has clients of its own"),
]
Arp = Callable[..., Done]
ECHO = "jarvis.core.echo@0.3.8"
PLANNER = "jarvis.composite.planner.general@0.3.8"
HELLO = ("--node-type", ECHO, "--request", '{"input": {"echo": "hello"}}')


@pytest.fixture
def env(
    urls: dict[str, str], authentication: str, issuer: Issuer, tmp_path: Path
) -> dict[str, str]:
    """The environment of a user who has added a context for the services."""
    env = {"ARP_CONFIG": str(tmp_path / "config.toml")}
    arguments = ["--node-type", PLANNER]
    for name in CLIENTS:
        arguments += [f"--{name.replace('_', '-')}-url", urls[name]]
        token = issuer.token(PROGRAMS[name].audience)
        (tmp_path / name.replace("_", "-")).write_text(token, encoding="utf-8")
    if authentication == "required":
        arguments += ["--token-command", f"sh -c 'cat {tmp_path}/$ARP_SERVICE'"]
    added = run("context", "add", "lab", *arguments, env=env)
    assert (added.code, added.err) == (0, "")
    return env


@pytest.fixture
def arp(env: dict[str, str]) -> Arp:
    def call(*arguments: str, code: int = 0) -> Done:
        done = run(*arguments, env=env)
        assert done.code == code, done.err
        return done

    return call


def of(done: Done) -> Any:
    return json.loads(done.out)


def test_a_run_and_all_that_one_asks_about_it(arp: Arp, env: dict[str, str]) -> None:
    name = f"run-{uuid4().hex}"
    ran = arp("run", *HELLO, "--run-id", name)
    assert (of(ran)["outputs"], ran.err) == ({"echo": "hello"}, "")
    assert arp("result", name).out == ran.out
    kinds = [
        json.loads(line)["type"] for line in arp("watch", name, "-o", "jsonl").out.splitlines()
    ]
    assert (kinds[0], kinds.count("run_completed")) == ("run_started", 1)
    assert [node["state"] for node in of(arp("trace", name))["node_runs"]] == ["succeeded"]
    assert "jarvis.core.echo succeeded" in arp("trace", name, "-o", "table").out
    assert of(arp("run-gateway", "get-run", name))["state"] == "succeeded"
    node = of(arp("run-coordinator", "get-node-run", of(ran)["node_run_id"]))
    assert node["outputs"] == {"echo": "hello"}
    again = arp("run", *HELLO, "--run-id", name, code=3)
    assert len(again.err.splitlines()) == 2
    assert "404" in arp("result", "unknown", code=3).err


@pytest.mark.parametrize("columns", [40, 120])
def test_in_a_terminal(env: dict[str, str], columns: int) -> None:
    terminal = Terminal("run", *HELLO, env=env, columns=columns)
    assert terminal.end() == 0
    shown = terminal.text.splitlines()
    assert any(line.startswith("- run_started") for line in shown)
    assert shown[-1] == "hello"
    assert max(map(len, shown)) <= columns
    types = Terminal("node-registry", "list-node-types", env=env, columns=columns)
    assert (types.end(), "jarvis.core.echo" in types.text) == (0, True)


def test_many_runs(arp: Arp, tmp_path: Path) -> None:
    goals, out = tmp_path / "goals.txt", tmp_path / "results.jsonl"
    goals.write_text("".join(f'{{"input": {{"echo": "{n}"}}}}\n' for n in range(4)), "utf-8")
    command = ("run", "--file", str(goals), "--out", str(out), "--node-type", ECHO)
    arp(*command)
    results = {each["line"]: each["outputs"] for each in map(json.loads, lines_of(out))}
    assert results == {number + 1: {"echo": str(number)} for number in range(4)}
    with goals.open("a", encoding="utf-8") as file:
        file.write('{"input": {}, "root_node_type_ref": {"node_type_id": "x", "version": "1"}}\n')
    failed = arp(*command, "--resume", code=1)
    assert "line 5: run" in failed.err and "unknown_node_kind" in failed.err
    assert len(lines_of(out)) == 4


def test_a_run_that_fails(arp: Arp) -> None:
    failed = arp("run", "x", "--node-type", "acme.unknown@1", "--run-id", f"r{uuid4().hex}", code=1)
    assert "failed: unknown_node_kind" in failed.err.splitlines()[0]


@pytest.mark.parametrize("authentication", ["disabled"], indirect=True, scope="session")
def test_a_run_is_canceled(arp: Arp) -> None:
    started = of(arp("run", "echo hello", "--detach"))
    assert of(arp("cancel", started["run_id"]))["state"] in ("canceled", "succeeded")
    arp("watch", started["run_id"])  # what was about to end has ended


def test_what_the_line_lacks(arp: Arp) -> None:
    for command in ("runs", "tools", "instances", "profiles", "ui"):
        what, hint = arp(command, code=2).err.splitlines()
        assert what == f"arp: There is no arp {command} in ARP 0.3, the line of the context lab."
        assert "arp " in hint
    assert "use --node-type" in arp("run", "x", "--profile", "p", code=2).err
