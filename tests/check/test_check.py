"""The checker as users call it: in a program, as a command, and with each format of reports."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from arp_sdk.check import Settings, Severity, check
from arp_sdk.check._contract import SERVICES, contract_of
from arp_sdk.check._scenarios import SCENARIOS
from arp_sdk.daemon import DaemonClient
from arp_sdk.errors import ArpConfigError, ArpConnectionError
from arp_sdk.sandbox import Sandbox

from .every_service import every_service
from .mutating import Message, Mutation, mutated
from .mutations import ENVELOPE, MUTATIONS

pytestmark = pytest.mark.threads_only("a checker has no asynchronous twin")
TOKEN = "t0ken-of-the-checker"


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, str]]:
    with every_service(Sandbox(token=TOKEN, latency=0.001)) as urls:
        yield urls


@pytest.fixture
def wrong(services: dict[str, str]) -> Iterator[str]:
    """A runtime that says that runs which ended are running."""
    mutation = next(each for each in MUTATIONS if each.name == "state-goes-back-from-final")
    with mutated(services["runtime"], mutation) as url:
        yield url


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "arp_sdk.check", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"ARP_TOKEN": TOKEN},
    )


@pytest.mark.parametrize("service", SERVICES)
def test_a_conformant_service_has_no_findings(services: dict[str, str], service: str) -> None:
    report = check(services[service], token=TOKEN)
    assert report.service == service
    assert report.findings == []
    has = contract_of(service).has
    assert report.checks == [each.name for each in SCENARIOS if all(map(has, each.needs))]
    assert report.worst is None


def test_nothing_is_left_behind(services: dict[str, str]) -> None:
    with DaemonClient(services["daemon"], auth=TOKEN) as daemon:
        before = daemon.list_instances(), daemon.list_runtime_profiles()
        check(services["daemon"], token=TOKEN)
        assert (daemon.list_instances(), daemon.list_runtime_profiles()) == before


def test_a_finding_says_how_to_see_it_again(wrong: str) -> None:
    report = check(wrong, token=TOKEN)
    assert report.worst is Severity.ERROR
    finding = next(each for each in report.findings if "goes from succeeded" in each.message)
    assert finding.rule.startswith("The states `succeeded`, `failed` and `canceled` are final")
    command = finding.exchange.curl
    assert command.startswith("curl ") and "$ARP_TOKEN" in command and TOKEN not in command
    assert json.loads(finding.exchange.shown.partition("\n")[2])["state"] == "running"


@pytest.mark.full
def test_a_cancellation_that_is_ignored() -> None:
    def ignore(message: Message) -> None:
        if message.path.endswith(":cancel"):
            message.method, message.path = "GET", message.path.removesuffix(":cancel")

    with Sandbox(latency=0.4) as box:
        with mutated(box.runtime_url, Mutation("ignored", "runtime", before=ignore)) as url:
            report = check(url, settings=Settings(goal="What is (19*23)?"))
    assert [each.check for each in report.findings] == ["runs.cancel"]
    assert "goes on for" in report.findings[0].message


def test_a_baseline(wrong: str, tmp_path: Path) -> None:
    baseline = str(tmp_path / "known.txt")
    first = run(wrong, "--baseline", baseline, "--update-baseline")
    assert (first.returncode, first.stderr) == (0, "")
    again = run(wrong, "--baseline", baseline)
    assert again.returncode == 0
    assert "0 errors, 0 warnings, " in again.stdout


def test_formats(wrong: str) -> None:
    ran = {name: run(wrong, "--format", name) for name in ("text", "json", "junit", "sarif")}
    assert {each.returncode for each in ran.values()} == {3}
    assert not [each for each in ran.values() if TOKEN in each.stdout]
    assert "rule:" in ran["text"].stdout and "curl --include" in ran["text"].stdout
    assert "goes from succeeded" in json.loads(ran["json"].stdout)["findings"][0]["message"]
    suite = ElementTree.fromstring(ran["junit"].stdout)
    assert suite.get("failures") == str(len(suite.findall("testcase/failure"))) != "0"
    (results,) = json.loads(ran["sarif"].stdout)["runs"]
    assert results["results"][0]["level"] == "error"


@pytest.mark.parametrize(
    "service",
    [
        "daemon",
        *(pytest.param(each, marks=pytest.mark.full) for each in ("runtime", "tool-registry")),
    ],
)
def test_read_only_sends_nothing_that_changes_something(service: str) -> None:
    with Sandbox() as box:
        url = {
            "daemon": box.daemon_url,
            "runtime": box.runtime_url,
            "tool-registry": box.tool_registry_url,
        }[service]
        seen = [
            box.faults.add(operation=operation.id, delay=0.001)
            for operation in contract_of(service).operations.values()
            if operation.method != "GET"
        ]
        ran = run(url, "--read-only")
        assert ran.returncode == 0, ran.stdout
        assert sum(fault.hits for fault in seen) == 0


def test_what_a_run_is_of_can_be_given(services: dict[str, str]) -> None:
    def refuse(message: Message) -> None:
        if message.status == 200 and b'"node_type_id": "arp-check-' in message.body:
            message.reply(404, ENVELOPE)

    with mutated(services["run-gateway"], Mutation("picky", "run-gateway", refuse)) as url:
        report = check(url, token=TOKEN)
        given = json.dumps({"root_node_type_ref": {"node_type_id": "acme.echo", "version": "1"}})
        ran = run(url, "--request", given)
    assert report.findings == []
    assert "--request" in report.skipped["runs.life-cycle"]
    assert ran.returncode == 0, ran.stdout
    assert run(url, "--request", "[]").returncode == 2


def test_what_is_optional_is_skipped(services: dict[str, str]) -> None:
    def missing(message: Message) -> None:
        if message.path.endswith((":cancel", "/events")):
            message.reply(501, ENVELOPE)

    with mutated(services["runtime"], Mutation("small", "runtime", missing)) as url:
        report = check(url, token=TOKEN)
        ran = run(url, "--format", "junit")
    assert report.findings == []
    assert report.skipped.keys() == {"events.stream", "runs.cancel"}
    assert ElementTree.fromstring(ran.stdout).get("skipped") == "2"


def test_what_is_not_recognized(services: dict[str, str]) -> None:
    nothing = Mutation("nothing", "pdp", lambda message: message.reply(404, ENVELOPE))
    every = Mutation("everything", "pdp", lambda message: message.reply(401, ENVELOPE))
    for mutation, found in ((nothing, "no"), (every, "all")):
        with mutated(services["pdp"], mutation) as url:
            with pytest.raises(ArpConfigError, match=f"has {found} operations of ARP.*--service"):
                check(url, token=TOKEN)


def test_what_cannot_be_checked() -> None:
    with pytest.raises(ArpConnectionError, match="no service responds"):
        check("http://127.0.0.1:9")
    with pytest.raises(ArpConfigError, match="base_url"):
        check("127.0.0.1:9")
    assert run("http://127.0.0.1:9").returncode == 4
    assert run("127.0.0.1:9").returncode == 2
    assert run("http://127.0.0.1:9", "--format", "none").returncode == 2
