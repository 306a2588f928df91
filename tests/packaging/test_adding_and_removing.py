from __future__ import annotations

from pathlib import Path

import pytest

from support.environments import Environment

from .archives import Wheel, third_party, wheel_of
from .calls import ask_health
from .sources import BY_NAME

pytestmark = pytest.mark.full

ASK_DAEMON, ASK_RUNTIME = ask_health("arp_sdk.daemon"), ask_health("arp_sdk.runtime")


def is_missing(environment: Environment, package: str) -> bool:
    done = environment.attempt(f"import {package}")
    return f"ModuleNotFoundError: No module named {package!r}" in done.stderr


@pytest.fixture
def with_daemon(own_environment: Environment, wheelhouse: Path, wheels: list[Wheel]) -> Environment:
    own_environment.install(*third_party(wheels))
    own_environment.pip("install", "--no-index", "--find-links", wheelhouse, "arp-daemon")
    return own_environment


@pytest.mark.parametrize("editable", [False, True], ids=["wheel", "editable"])
def test_a_client_comes_and_goes_without_touching_another(
    with_daemon: Environment, wheelhouse: Path, service_url: str, editable: bool
) -> None:
    assert with_daemon.run(ASK_DAEMON, service_url) == "ok"
    assert is_missing(with_daemon, "arp_sdk.runtime")

    runtime = BY_NAME["arp-runtime"]
    if editable:
        with_daemon.install("--no-deps", "--no-sources", "--editable", runtime.folder)
    else:
        with_daemon.pip("install", "--no-deps", wheel_of(runtime, wheelhouse).path)
    assert with_daemon.run(ASK_DAEMON + ASK_RUNTIME, service_url).split() == ["ok", "ok"]

    with_daemon.pip("uninstall", "--yes", "arp-runtime")
    assert is_missing(with_daemon, "arp_sdk.runtime")
    assert with_daemon.run(ASK_DAEMON, service_url) == "ok"


def test_the_last_one_leaves_no_file_behind(with_daemon: Environment) -> None:
    with_daemon.run("import arp_sdk.daemon")
    with_daemon.pip("uninstall", "--yes", "arp-daemon", "arp-core")
    left = with_daemon.site_packages.rglob("arp_*/**/*")
    assert [path for path in left if path.is_file()] == []
    assert is_missing(with_daemon, "arp_sdk.errors")
