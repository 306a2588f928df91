"""urllib3-future, which niquests requires, replaces the files of urllib3 when Python starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.environments import Environment

from .archives import Wheel, third_party
from .calls import ask_health, ask_health_asynchronously

pytestmark = pytest.mark.full


def test_the_clients_work_beside_niquests(
    own_environment: Environment, wheelhouse: Path, wheels: list[Wheel], service_url: str
) -> None:
    own_environment.install(*third_party(wheels, "async"), "niquests")
    own_environment.install("--no-index", "--find-links", wheelhouse, "arp-daemon[async]")

    # urllib3 itself has none, and this is what the clients are to get along with.
    assert own_environment.run("import urllib3; urllib3.AsyncPoolManager") == ""
    for code in (ask_health("arp_sdk.daemon"), ask_health_asynchronously("arp_sdk.daemon")):
        assert own_environment.run(code, service_url) == "ok"
