"""The command `arp` with the services of the target."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest

from arp_sdk.cli import main
from arp_sdk.models import RuntimeInstance


@pytest.mark.threads_only("the command has clients of its own")
def test_everyday_commands(
    daemon_url: str,
    tool_registry_url: str,
    managed: RuntimeInstance,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("ARP_CONFIG", str(tmp_path / "config.toml"))

    def arp(*arguments: str, code: int = 0) -> str:
        assert main(arguments) == code, capsys.readouterr().err
        return capsys.readouterr().out

    arp("context", "add", "x", "--daemon-url", daemon_url, "--tool-registry-url", tool_registry_url)
    for service in ("daemon", "tool-registry"):
        assert json.loads(arp(service, "health"))["status"] == "ok"
    instances = json.loads(arp("instances"))
    assert managed.instance_id in [each["instance_id"] for each in instances]
    assert arp("instances", "-o", "table").count("\n") > 1
    run = f"run-{uuid4().hex}"
    goal = ("run", "What is (19*23)?", "--run-id", run, "--instance", managed.instance_id)
    assert "437" in json.dumps(json.loads(arp(*goal))["output"])
    assert json.loads(arp("result", run))["ok"]
    assert "437" in arp("watch", run, "-o", "table")
    arp("trace", run, "-o", "table")
    assert run in arp("runs", "-o", "jsonl")
    assert "calc" in arp("tools", "-o", "table")
    value = json.loads(arp("invoke", "calc", "expression=19*23"))
    assert 437 in value.values()
    arp("result", "unknown", code=3)
    arp("invoke", "calc", code=2)
