from __future__ import annotations

from pathlib import Path

import pytest

from .archives import wheel_of
from .calls import ask_health
from .environments import Environment
from .sources import BY_NAME

pytestmark = pytest.mark.packaging

BOTH = ["arp-daemon", "arp-runtime"]


def package_of(name: str) -> str:
    (package,) = BY_NAME[name].leaves
    return package


def is_missing(environment: Environment, package: str) -> bool:
    done = environment.attempt(f"import {package}")
    return f"ModuleNotFoundError: No module named {package!r}" in done.stderr


@pytest.mark.parametrize(("first", "second"), [BOTH, BOTH[::-1]])
def test_a_client_comes_and_goes_without_touching_another(
    own_environment: Environment, wheelhouse: Path, service_url: str, first: str, second: str
) -> None:
    ask_first, ask_second = (ask_health(package_of(name)) for name in (first, second))
    links = ("--find-links", wheelhouse)

    own_environment.install(*links, wheel_of(BY_NAME[first], wheelhouse).path)
    assert own_environment.run(ask_first, service_url) == "ok"
    assert is_missing(own_environment, package_of(second))

    own_environment.install(*links, wheel_of(BY_NAME[second], wheelhouse).path)
    assert own_environment.run(ask_first, service_url) == "ok"
    assert own_environment.run(ask_second, service_url) == "ok"

    own_environment.uninstall(first)
    assert is_missing(own_environment, package_of(first))
    assert own_environment.run(ask_second, service_url) == "ok"


def test_an_editable_client_comes_and_goes_beside_a_wheel(
    own_environment: Environment, wheelhouse: Path, service_url: str
) -> None:
    ask_daemon, ask_runtime = (ask_health(package_of(name)) for name in BOTH)
    own_environment.install(
        "--find-links", wheelhouse, wheel_of(BY_NAME["arp-daemon"], wheelhouse).path
    )

    own_environment.install("--editable", BY_NAME["arp-runtime"].folder)
    assert own_environment.run(ask_daemon, service_url) == "ok"
    assert own_environment.run(ask_runtime, service_url) == "ok"

    own_environment.uninstall("arp-runtime")
    assert is_missing(own_environment, "arp_sdk.runtime")
    assert own_environment.run(ask_daemon, service_url) == "ok"


def test_the_last_one_leaves_no_file_behind(own_environment: Environment, wheelhouse: Path) -> None:
    names = ("arp-core", *BOTH)
    wheels = [wheel_of(BY_NAME[name], wheelhouse).path for name in names]
    own_environment.install("--no-deps", *wheels)
    own_environment.run("import arp_sdk.errors")
    for name in reversed(names):
        own_environment.uninstall(name)
    left = own_environment.site_packages.rglob("arp_*/**/*")
    assert [path for path in left if path.is_file()] == []
    assert is_missing(own_environment, "arp_sdk.errors")
