"""The everyday commands with services of ARP 0.3."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.server import Received, Reply, Server, json_reply, serving

from .conftest import Arp
from .driving import Terminal, lines_of

TIME = "2026-01-01T00:00:00Z"
REFERENCE = {"node_type_id": "acme.echo", "version": "1"}
EVENTS = [
    {"run_id": "r", "seq": 1, "type": "run_started", "time": TIME},
    {"run_id": "r", "seq": 2, "type": "run_completed", "time": TIME, "node_run_id": "n"},
]
REASON = {"completion_error": {"code": "policy_denied", "message": "not you"}}


def respond(received: Received) -> Reply:
    """Play a gateway and a coordinator: the identifier of a run decides about its end."""
    path = received.target
    if path.endswith("/events"):
        lines = "".join(f"{json.dumps(each)}\n" for each in EVENTS)
        return Reply(200, lines.encode(), {"Content-Type": "application/x-ndjson"})
    name = path.rpartition("/")[2].partition(":")[0]
    if name == "runs":
        name = received.json.get("run_id", "r")
    state = {"bad": "failed", "slow": "running"}.get(name, "succeeded")
    if "/node-runs/" in path:
        node = {"node_run_id": name, "run_id": name, "node_type_ref": REFERENCE, "state": state}
        return json_reply({**node, "outputs": {"text": "hello"}, "extensions": REASON})
    return json_reply({"run_id": name, "state": state, "root_node_run_id": name})


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        server.plan(respond)
        yield server


@pytest.fixture
def box() -> None:
    """No services of ARP 0.1."""


@pytest.fixture
def env(server: Server, tmp_path: Path) -> dict[str, str]:
    """The environment of a user whose context has services of ARP 0.3."""
    file = tmp_path / "config.toml"
    keys = ("run_gateway_url", "run_coordinator_url", "node_registry_url")
    urls = "".join(f'{key} = "{server.url}"\n' for key in keys)
    tokens = 'token_command = "printenv ARP_SERVICE"\nnode_type = "acme.echo@1"\n'
    file.write_text(f'current = "lab"\n[contexts.lab]\n{urls}{tokens}', encoding="utf-8")
    return {"ARP_CONFIG": str(file)}


def test_a_run(arp: Arp, server: Server) -> None:
    ran = arp("run", "hello", "--run-id", "good")
    assert (ran.code, json.loads(ran.out)["outputs"]) == (0, {"text": "hello"})
    body = {"run_id": "good", "root_node_type_ref": REFERENCE, "input": {"goal": "hello"}}
    assert server.requests[0].json == body
    assert arp("result", "good").out == ran.out
    assert json.loads(arp("run", "hello", "--detach").out)["state"] == "succeeded"
    assert arp("watch", "good", "-o", "jsonl").out.count("\n") == len(EVENTS)
    assert json.loads(arp("cancel", "slow").out)["state"] == "running"
    found = json.loads(arp("trace", "good").out)
    assert [each["type"] for each in found["events"]] == ["run_started", "run_completed"]
    assert "└── acme.echo succeeded  0 ms\n" in arp("trace", "good", "-o", "table").out
    # Each service gets a token of its own.
    tokens = {each.target: each.headers["Authorization"] for each in server.requests}
    assert tokens["/v1/runs/good"] == "Bearer run-gateway"
    assert tokens["/v1/node-runs/good"] == "Bearer run-coordinator"


def test_runs_without_a_success(arp: Arp) -> None:
    failed = arp("run", "hello", "--run-id", "bad")
    what, hint = failed.err.splitlines()
    assert (failed.code, what) == (1, "arp: The run bad failed: policy_denied: not you")
    assert "arp trace bad" in hint
    assert [arp(command, "bad").code for command in ("watch", "result")] == [1, 1]
    unfinished = arp("result", "slow")
    assert (unfinished.code, "no result yet: it is running" in unfinished.err) == (3, True)
    late = arp("run", "hello", "--run-id", "slow", "--timeout", "0.2", "--cancel-on-timeout")
    assert (late.code, "accepted the request to cancel" in late.err) == (5, True)


def test_without_a_coordinator(
    arp: Arp, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ARP_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.setenv("ARP_V_0_3_RUN_GATEWAY_URL", server.url)
    needed = arp("run", "hello")
    assert (needed.code, "needs a node type: --node-type" in needed.err) == (2, True)
    monkeypatch.setenv("ARP_NODE_TYPE", "acme.echo@1")
    assert json.loads(arp("run", "hello").out)["state"] == "succeeded"
    failed = arp("run", "hello", "--run-id", "bad")
    assert (failed.code, "the run-coordinator has the reason" in failed.err) == (1, True)


def test_many_runs(arp: Arp, tmp_path: Path) -> None:
    goals, out = tmp_path / "goals.txt", tmp_path / "out.jsonl"
    goals.write_text('one\n{"run_id": "bad", "input": {}}\n', encoding="utf-8")
    ran = arp("run", "--file", str(goals), "--out", str(out))
    assert (ran.code, "line 2: run bad failed: policy_denied: not you" in ran.err) == (1, True)
    assert [json.loads(line)["outputs"] for line in lines_of(out)] == [{"text": "hello"}]


@pytest.mark.parametrize("command", ["runs", "tools", "invoke x", "instances", "profiles", "ui"])
def test_commands_that_the_line_lacks(arp: Arp, command: str) -> None:
    done = arp(*command.split())
    what, hint = done.err.splitlines()
    name = command.split()[0]
    assert done.code == 2
    assert what == f"arp: There is no arp {name} in ARP 0.3, the line of the context lab."
    assert "arp " in hint


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "x", "--instance", "i"], "--instance is not for ARP 0.3, the line of the context"),
        (["run", "x", "--node-type", "acme"], "'acme' is not of the form ID@VERSION"),
        (["context", "add", "a", "--node-type", "a@"], "'a@' is not of the form ID@VERSION"),
        (["run"], "Missing argument 'GOAL'"),
    ],
)
def test_wrong_usage(arp: Arp, server: Server, arguments: list[str], message: str) -> None:
    done = arp(*arguments)
    assert (done.code, done.out, server.requests) == (2, "", [])
    assert message in done.err.splitlines()[0]


@pytest.mark.parametrize(
    "command", ["run x", "run-gateway health", "context add a --run-gateway-url http://a"]
)
def test_clients_that_are_not_installed(
    arp: Arp, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    for name in ("run_gateway", "run_gateway.operations"):
        monkeypatch.setitem(sys.modules, f"arp_sdk.v0_3.{name}", None)
    done = arp(*command.split())
    what, hint = done.err.splitlines()
    assert (done.code, what) == (2, "arp: The client of the run-gateway is not installed.")
    assert hint.strip() == 'python3 -m pip install "arp-cli[v0-3]"'


@pytest.mark.parametrize("columns", [40, 120])
def test_a_run_in_a_terminal(env: dict[str, str], columns: int) -> None:
    terminal = Terminal("run", "hello", "--run-id", "good", env=env, columns=columns)
    assert terminal.end() == 0
    shown = terminal.text.splitlines()
    assert [shown[0], shown[-1]] == ["run good", "hello"]
    assert "- run_started {}" in shown
    assert max(map(len, shown)) <= columns
