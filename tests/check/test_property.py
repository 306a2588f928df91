"""Generated requests: violations that no scenario finds, none for conformant services."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from arp_sdk.check import Exchange, Settings, check
from arp_sdk.check._contract import SERVICES, contract_of
from arp_sdk.check._formats import FORMATS
from arp_sdk.daemon import DaemonClient
from arp_sdk.errors import ArpConfigError
from arp_sdk.sandbox import Sandbox

from .every_service import every_service
from .mutating import Message, Mutation, mutated
from .mutations import ENVELOPE

pytest.importorskip("schemathesis", reason='pip install "arp-check[property]"')
pytestmark = [
    pytest.mark.threads_only("a checker has no asynchronous twin"),
    pytest.mark.timeout(600),
]
TOKEN = "t0ken-of-properties"
SETTINGS = Settings(goal="What is (19*23)?", property=True, examples=20)
SUBMIT = r"/v1/runs"
REGISTER = r"/v1/instances:register"
STATUS = r"/v1/runs/[^/:]+"
PROFILE = r"/v1/admin/runtime-profiles/[^/]+"


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, str]]:
    with every_service(Sandbox(token=TOKEN, latency=0.001)) as urls:
        yield urls


def sent(message: Message) -> Any:
    """Return the JSON of a request, or an empty object."""
    try:
        value = json.loads(message.body.decode())
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def fails(method: str, path: str, body: str) -> Callable[[Message], object]:
    """Respond with status 500 to requests whose body has a pattern."""

    def after(message: Message) -> None:
        if message.matches(method, path) and re.search(body, message.body.decode("latin-1")):
            message.reply(500, ENVELOPE)

    return after


def ignores(method: str, path: str, name: str) -> Callable[[Message], object]:
    """Do not look at a property of requests, if it is an object."""

    def before(message: Message) -> None:
        value = sent(message)
        if message.matches(method, path) and isinstance(value.get(name), dict):
            message.body = json.dumps({k: v for k, v in value.items() if k != name}).encode()

    return before


def encoded_twice(path: str) -> Callable[[Message], object]:
    """Decode only ASCII in the path of requests."""

    def before(message: Message) -> None:
        if re.fullmatch(path, message.path) and message.method in ("GET", "DELETE"):
            message.path = re.sub("%(?=[C-F])", "%25", message.path)

    return before


MUTATIONS = [
    Mutation("fails-on-control-characters", "tool-registry", fails("POST", ".*", r"\\u00[01]")),
    Mutation("fails-on-bytes", "runtime", fails("POST", SUBMIT, r"\A[\x00\x80-\xff]")),
    Mutation("fails-on-floats", "runtime", fails("POST", SUBMIT, r"\d\.\d")),
    Mutation("ignores-bad-labels", "runtime", before=ignores("POST", SUBMIT, "metadata")),
    Mutation("ignores-bad-metadata", "daemon", before=ignores("POST", REGISTER, "metadata")),
    Mutation("fails-on-other-scripts", "pdp", fails("POST", "/v1/policy:decide", r"\\ud8")),
    Mutation("status-does-not-decode-ids", "runtime", before=encoded_twice(STATUS)),
    Mutation("profiles-are-not-found-by-odd-names", "daemon", before=encoded_twice(PROFILE)),
]


@pytest.mark.parametrize(
    "mutation",
    [
        pytest.param(each, marks=[pytest.mark.full] * (each.service != "tool-registry"))
        for each in MUTATIONS
    ],
    ids=lambda each: each.name,
)
def test_only_the_property_finds(services: dict[str, str], mutation: Mutation) -> None:
    with mutated(services[mutation.service], mutation) as url:
        report = check(url, token=TOKEN, settings=SETTINGS)
    assert report.findings
    assert {each.check.partition(".")[0] for each in report.findings} == {"property"}
    for render in FORMATS.values():
        text = render(report)
        assert report.findings[0].check in text and TOKEN not in text


@pytest.mark.parametrize(
    "service",
    [pytest.param(each, marks=[pytest.mark.full] * (each != "tool-registry")) for each in SERVICES],
)
def test_a_conformant_service_has_no_findings(services: dict[str, str], service: str) -> None:
    report = check(services[service], token=TOKEN, settings=SETTINGS)
    assert report.findings == []
    assert {f"property.{each}" for each in contract_of(service).operations} < set(report.checks)


@pytest.mark.full
def test_nothing_is_left_behind(services: dict[str, str]) -> None:
    with DaemonClient(services["daemon"], auth=TOKEN) as daemon:
        before = daemon.list_instances(), daemon.list_runtime_profiles()
        check(services["daemon"], token=TOKEN, settings=SETTINGS)
        assert (daemon.list_instances(), daemon.list_runtime_profiles()) == before


def test_the_same_requests_in_each_run(services: dict[str, str]) -> None:
    runs: list[list[str]] = []
    for _ in range(2):
        requests: list[str] = []

        def note(message: Message, requests: list[str] = requests) -> None:
            content = f"{message.method} {message.path} {message.body.decode('latin-1')}"
            requests.append(re.sub("-[0-9a-f]{12}", "", content))

        with mutated(services["tool-registry"], Mutation("none", "", before=note)) as url:
            check(url, token=TOKEN, settings=SETTINGS)
        runs.append(requests)
    assert runs[0] == runs[1] and len(set(runs[0])) > 50


def test_read_only_sends_nothing_that_changes_something() -> None:
    with Sandbox() as box:
        changing = [
            box.faults.add(operation=operation.id, delay=0.001)
            for operation in contract_of("tool-registry").operations.values()
            if operation.method != "GET"
        ]
        read = box.faults.add(operation="get_tool", delay=0.001)
        arguments = ["--read-only", "--property", "--examples", "5", box.tool_registry_url]
        command = [sys.executable, "-m", "arp_sdk.check", *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert sum(fault.hits for fault in changing) == 0 < read.hits


def test_without_schemathesis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "schemathesis", None)
    with pytest.raises(ArpConfigError, match=r'pip install "arp-check\[property\]"'):
        check("http://127.0.0.1:9", settings=SETTINGS)


@pytest.mark.parametrize("body", [b"\x00\xff'%s\\\n", b"@name", b"{\x00"])
def test_a_command_has_each_byte_of_the_body(body: bytes) -> None:
    command = Exchange("POST", "http://127.0.0.1:9/", {}, body, 200, {}, b"").curl
    printf, _, curl = command.partition(" | ")
    assert subprocess.run(["sh", "-c", printf], capture_output=True, check=True).stdout == body
    assert "--data-binary @-" in curl
