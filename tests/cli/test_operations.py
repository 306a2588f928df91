"""A command for every operation of every service, made from the contract."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest

from arp_sdk.cli._contract import Command, Service
from arp_sdk.cli._operations.commands import commands_of
from arp_sdk.cli._session.lines import ALL_SERVICES
from arp_sdk.core import Operation
from arp_sdk.sandbox import Sandbox

from .conftest import Arp

COMMANDS = [
    pytest.param(service, command, id=f"{service.slug}-{command.name}")
    for service in ALL_SERVICES
    for command in commands_of(service)
]


@pytest.mark.parametrize("service", ALL_SERVICES, ids=lambda service: service.slug)
def test_no_operation_is_left_out(service: Service) -> None:
    module = import_module(f"{service.module}.operations")
    declared = {name for name, value in vars(module).items() if isinstance(value, Operation)}
    assert {command.constant for command in commands_of(service)} == declared
    client = getattr(import_module(service.module), service.client)
    assert all(callable(getattr(client, each.method)) for each in commands_of(service))


@pytest.mark.parametrize(("service", "command"), COMMANDS)
def test_its_help_comes_from_the_contract(arp: Arp, service: Service, command: Command) -> None:
    shown = " ".join(arp(service.slug, command.name, "--help").out.split())
    assert command.summary in shown
    assert command.call in shown
    for option in command.options:
        assert (
            option.flag.upper() in shown if option.place == "path" else f"--{option.flag}" in shown
        )
        assert " ".join(option.doc.split()[:4]) in shown


def call(arp: Arp, *arguments: str) -> Any:
    done = arp(*arguments)
    assert done.code == 0, done.err
    return json.loads(done.out) if done.out else None


def test_each_can_be_called(arp: Arp, box: Sandbox) -> None:
    called = set()

    def daemon(name: str, *arguments: str) -> Any:
        called.add(name)
        return call(arp, "daemon", name, *arguments)

    def runtime(name: str, *arguments: str) -> Any:
        called.add(name)
        return call(arp, "runtime", name, *arguments)

    def registry(name: str, *arguments: str) -> Any:
        called.add(name)
        return call(arp, "tool-registry", name, *arguments)

    for of in (daemon, runtime, registry):
        assert of("health")["status"] == "ok"
        assert of("version")["service_version"]
    (made,) = daemon("create-instances", "--runtime-profile", "default", "--count", "1")[
        "instances"
    ]
    assert made in daemon("list-instances")["instances"]
    endpoint = made["runtime_api_endpoint"]
    body = json.dumps({"runtime_api_endpoint": endpoint, "runtime_name": "a"})
    other = daemon("register-instance", "--body", body, "--runtime-name", "b")["instance"]
    assert other["runtime_name"] == "b"
    for each in (made, other):
        daemon("delete-instance", each["instance_id"])
    profile = daemon("upsert-runtime-profile", "p/q", "--description", "a")
    assert profile in daemon("list-runtime-profiles")["profiles"]
    daemon("delete-runtime-profile", "p/q")
    run = daemon("submit-run", "--input", '{"goal": "echo a"}', "--run-id", "run_op")["run_id"]
    arp("watch", run)
    assert daemon("get-run-status", run)["state"] == "succeeded"
    assert daemon("get-run-result", run)["ok"]
    assert daemon("get-run-trace", run)["events"]
    assert daemon("list-runs", "--page-size", "1")["runs"]

    run = runtime("create-run", "--input", '{"goal": "echo a"}')["run_id"]
    streamed = arp("runtime", "stream-run-events", run, "--last-event-id", "0").out.splitlines()
    called.add("stream-run-events")
    assert json.loads(streamed[0])["seq"] == 1
    assert json.loads(streamed[-1])["type"] == "final"
    assert runtime("get-run-status", run)["state"] == "succeeded"
    assert runtime("get-run-result", run)["ok"]
    ended = arp("runtime", "cancel-run", run)
    called.add("cancel-run")
    assert (ended.code, "The run has ended already" in ended.err) == (3, True)

    (tool, *_) = registry("list-tools")
    assert registry("get-tool", tool["tool_id"]) == tool
    invoked = registry(
        "invoke-tool", "--invocation-id", "i", "--tool-name", "echo", "--args", '{"text": "a"}'
    )
    assert invoked["ok"]
    served = [service for service in ALL_SERVICES if service.url_variable in box.environment]
    assert called == {command.name for service in served for command in commands_of(service)}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list-runs", "--page-size", "0"], "page_size: Expected `int` >= 1"),
        (["list-runs", "--page-size", "x"], "'x' is not a valid integer"),
        (["create-instances", "--count", "1"], "`runtime_profile`"),
        (["create-instances", "--body", '{"runtime_profile": 1}'], "Expected `str`, got `int`"),
        (["create-instances", "--body", "[]"], "Expected `object`, got `array`"),
        (["create-instances", "--body", "[]", "--count", "1"], "--body is not an object"),
        (["create-instances", "--body", "{"], "This is not JSON"),
        (["create-instances", "--body", "@nowhere.json"], "nowhere.json: No such file"),
        (["submit-run", "--body", '{"input": {"goal": "a", "goals": 1}}'], "$.input.goals"),
        (["get-run-status", ""], "cannot be a path segment"),
        (["get-run-status"], "Missing argument"),
    ],
)
def test_arguments_are_checked_before_anything_is_sent(
    arp: Arp, box: Sandbox, arguments: list[str], message: str
) -> None:
    fault = box.faults.add(status=500)
    try:
        done = arp("daemon", *arguments)
    finally:
        box.faults.clear()
    assert (done.code, done.out, fault.hits) == (2, "", 0)
    what, _ = done.err.splitlines()
    assert message in what
