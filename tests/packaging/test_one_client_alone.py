from __future__ import annotations

import json
from importlib.metadata import distributions
from pathlib import Path

import pytest

from .calls import ask_health
from .environments import Environment

pytestmark = pytest.mark.packaging

REQUIRED_BY_REQUESTS = {"certifi", "charset-normalizer", "idna", "urllib3"}


def test_it_can_be_imported(daemon_alone: Environment) -> None:
    code = "import arp_sdk.daemon; print(arp_sdk.daemon.DaemonClient.__name__)"
    assert daemon_alone.run(code) == "DaemonClient"


def test_it_can_be_called(daemon_alone: Environment, service_url: str) -> None:
    assert daemon_alone.run(ask_health("arp_sdk.daemon"), service_url) == "ok"


@pytest.mark.parametrize("other", ["arp_sdk.runtime", "arp_sdk.tool_registry"])
def test_the_others_are_not_there(daemon_alone: Environment, other: str) -> None:
    done = daemon_alone.attempt(f"import {other}")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"ModuleNotFoundError: No module named {other!r}"


def test_the_core_comes_with_it_from_the_same_place(
    daemon_alone: Environment, wheelhouse: Path
) -> None:
    report = json.loads(daemon_alone.folder.with_suffix(".json").read_text(encoding="utf-8"))
    sources = {each["metadata"]["name"]: each["download_info"]["url"] for each in report["install"]}
    for name in ("arp-core", "arp-daemon"):
        assert sources[name].startswith(wheelhouse.as_uri())


def test_nothing_comes_along_that_it_does_not_need(daemon_alone: Environment) -> None:
    installed = distributions(path=[str(daemon_alone.site_packages)])
    names = {each.metadata["Name"].lower().replace("_", "-") for each in installed}
    assert names == {"arp-core", "arp-daemon", "msgspec", "requests", *REQUIRED_BY_REQUESTS}
