"""The everyday commands, with the output that programs read."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from arp_sdk.daemon import DaemonClient
from arp_sdk.models import RunRequest, RunRequestInput
from arp_sdk.sandbox import Gate, Sandbox, Wait

from .conftest import HOSTILE, Arp


def test_a_run_and_all_that_one_asks_about_it(arp: Arp) -> None:
    ran = arp("run", "What is (19*23)?", "--run-id", "run_all")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["output"] == {"final_text": "19*23 = 437.0"}

    assert arp("result", "run_all").out == ran.out
    listed = [json.loads(line) for line in arp("runs", "-o", "jsonl").out.splitlines()]
    assert {"run_all": "succeeded"}.items() <= {
        each["run_id"]: each["state"] for each in listed
    }.items()
    assert arp("runs", "--state", "canceled", "-o", "jsonl").out == ""
    (latest,) = json.loads(arp("runs", "--limit", "1").out)
    assert latest["run_id"] == "run_all"

    events = [json.loads(line) for line in arp("watch", "run_all").out.splitlines()]
    assert [event["type"] for event in events][-1] == "final"
    assert [event["seq"] for event in events] == [*range(len(events))]

    tree = arp("trace", "run_all", "-o", "table").out
    assert re.search(r"^run run_all  \d+ ms\n", tree)
    assert re.search(r"^└── step call calc  \d+ ms\n    ├── tool_call calc .*  \d+ ms$", tree, re.M)
    assert len(json.loads(arp("trace", "run_all").out)["events"]) == 5


def test_a_run_that_fails(arp: Arp) -> None:
    ran = arp("run", "what is love", "--run-id", "run_love")
    assert (ran.code, json.loads(ran.out)["ok"]) == (1, False)
    what, hint = ran.err.splitlines()
    assert what.startswith("arp: The run run_love failed: flow.failed: ")
    assert hint == "     See what it did: arp trace run_love"
    assert [arp(name, "run_love").code for name in ("watch", "result", "trace")] == [1, 1, 0]


def test_a_run_can_be_detached_time_out_and_be_canceled(arp: Arp, box: Sandbox) -> None:
    gate = Gate()
    box.script("wait", [Wait(gate)])
    ran = arp("run", "wait", "--run-id", "run_w", "--timeout", "0.2")
    assert (ran.code, ran.out) == (5, "")
    assert "arp watch run_w, or end it with arp cancel run_w" in ran.err

    assert json.loads(arp("cancel", "run_w").out)["run_id"] == "run_w"
    assert arp("watch", "run_w").code == 1
    assert json.loads(arp("runs", "--state", "canceled").out)[0]["run_id"] == "run_w"

    detached = arp("run", "wait", "--detach")
    assert (detached.code, json.loads(detached.out)["state"]) == (0, "queued")
    ran = arp("run", "wait", "--timeout", "0.2", "--cancel-on-timeout")
    assert (ran.code, "accepted the request to cancel" in ran.err) == (5, True)
    gate.open()


def test_a_run_on_an_instance_with_a_whole_request(arp: Arp, box: Sandbox) -> None:
    with DaemonClient(box.daemon_url) as daemon:
        (first, *_) = daemon.list_instances().instances
        request = '{"input": {"goal": "?", "data": {}}, "metadata": {"labels": {"a": "b"}}}'
        ran = arp(
            "run", "echo hi", "--request", request, "--instance", first.instance_id,
            "--profile", "default",
        )  # fmt: skip
        status = daemon.get_run_status(json.loads(ran.out)["run_id"])
    assert status.runtime_instance_id == first.instance_id
    unknown = arp("run", "echo hi", "--request", '{"input": {"gaol": 1, "goal": ""}}')
    assert (unknown.code, "no property $.input.gaol" in unknown.err) == (2, True)


@pytest.mark.parametrize(
    ("given", "received"),
    [
        (["days=3", "note=3", 'tags=["a"]'], {"days": 3, "note": "3", "tags": ["a"]}),
        (["note=x=y"], {"days": 1, "note": "x=y", "tags": None}),
        (["--args", '{"days": 2}', 'note:="\\u0041"'], {"days": 2, "note": "A", "tags": None}),
    ],
)
def test_the_schema_of_a_tool_decides_how_arguments_are_read(
    arp: Arp, given: list[str], received: dict[str, object]
) -> None:
    ran = arp("invoke", "hostile", *given)
    assert ran.code == 0, ran.err
    assert json.loads(ran.out) == {"text": HOSTILE, **received}
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out


@pytest.mark.parametrize("argument", ["days=three", "nonsense=1", "days", "note:=x"])
def test_arguments_are_checked_before_anything_is_sent(
    arp: Arp, box: Sandbox, argument: str
) -> None:
    fault = box.faults.add(operation="invoke_tool", status=500)
    try:
        assert arp("invoke", "hostile", argument).code == 2
        assert fault.hits == 0
    finally:
        box.faults.clear()


def test_tools(arp: Arp) -> None:
    assert {"calc", "echo", "hostile"} <= {each["name"] for each in json.loads(arp("tools").out)}
    assert json.loads(arp("tools", "show", "calc").out) == json.loads(
        arp("tools", "show", "tool_calc").out
    )
    assert '"expression"' in arp("tools", "show", "calc", "-o", "table").out
    assert arp("tools", "show", "none").code == 2
    assert arp("invoke", "calc", "expression=19*").code == 1


def test_instances_and_profiles(arp: Arp) -> None:
    made = yaml.safe_load(arp("instances", "create", "default", "--count", "2", "-o", "yaml").out)
    names = [each["instance_id"] for each in made["instances"]]
    assert len(names) == 2
    assert {*names} <= {each["instance_id"] for each in json.loads(arp("instances").out)}
    endpoint = made["instances"][0]["runtime_api_endpoint"]
    registered = json.loads(arp("instances", "register", endpoint).out)["instance"]
    for name in (*names, registered["instance_id"]):
        assert arp("instances", "delete", name).out == ""

    arp("profiles", "set", "mine", "--description", "Mine", "--defaults", '{"args": ["-v"]}')
    (mine,) = (
        each for each in json.loads(arp("profiles").out) if each["runtime_profile"] == "mine"
    )
    assert (mine["description"], mine["defaults"]) == ("Mine", {"args": ["-v"]})
    arp("profiles", "delete", "mine")
    assert "mine" not in arp("profiles", "-o", "table").out


def test_a_runtime_alone(arp: Arp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARP_DAEMON_URL")
    assert json.loads(arp("run", "echo hi", "--run-id", "run_alone").out)["ok"]
    assert json.loads(arp("result", "run_alone").out)["ok"]
    assert arp("watch", "run_alone").out.count("\n") > 1
    missing = arp("runs")
    assert (missing.code, missing.err.splitlines()[1].strip()) == (
        2,
        "Set ARP_DAEMON_URL, or arp context add NAME --daemon-url URL",
    )


def test_versions(arp: Arp) -> None:
    lines = arp("--version").out.splitlines()
    assert [line.split()[0] for line in lines][:3] == ["arp-cli", "arp-core", "arp-daemon"]


def test_events_may_be_unavailable(arp: Arp, box: Sandbox) -> None:
    with DaemonClient(box.daemon_url) as daemon:
        run = daemon.submit_run(RunRequest(input=RunRequestInput(goal="echo hi"))).run_id
        box.faults.add(operation="stream_run_events", status=404)
        try:
            watched = arp("watch", run)
        finally:
            box.faults.clear()
    assert watched.code == 0
    assert json.loads(watched.out.splitlines()[-1])["state"] == "succeeded"
