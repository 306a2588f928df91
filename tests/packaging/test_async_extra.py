"""The asynchronous clients, without and with the extra that they need."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement

from support.environments import Environment

from .archives import Wheel
from .calls import ask_health, ask_health_asynchronously, newly_imported
from .sources import CORE

pytestmark = pytest.mark.full

ASYNC = {"aiohttp", "asyncio", "yarl", "multidict"}
EVERYTHING = "from arp_sdk.daemon import *"
REFUSED = """
from arp_sdk.core.aio import *
from arp_sdk.daemon import AsyncDaemonClient
from arp_sdk.errors import ArpConfigError
try:
    AsyncDaemonClient("http://127.0.0.1:1", auth="a t0ken")
except ArpConfigError as error:
    print(error)
    print(error.__cause__ or error.__context__)
"""


@pytest.mark.parametrize("fixture", ["daemon_alone", "async_daemon_alone"])
def test_the_synchronous_client_imports_none_of_it(
    request: pytest.FixtureRequest, service_url: str, fixture: str
) -> None:
    environment: Environment = request.getfixturevalue(fixture)
    used = newly_imported(ask_health("arp_sdk.daemon"))
    found = set(environment.run(used, service_url).splitlines())
    assert {"ok", "arp_sdk.daemon"} <= found
    assert found & ASYNC == set()
    assert not [name for name in found if name.startswith("arp_sdk.core.aio")]


def test_without_it_an_asynchronous_client_says_what_to_install(daemon_alone: Environment) -> None:
    message, context = daemon_alone.run(f"{EVERYTHING}\n{REFUSED}").splitlines()
    assert message == (
        "AsyncDaemonClient needs aiohttp (No module named 'aiohttp'): "
        'pip install "arp-daemon[async]"'
    )
    assert context == "None"


def test_with_it_an_asynchronous_client_works(
    async_daemon_alone: Environment, service_url: str
) -> None:
    code = f"{EVERYTHING}\n{ask_health_asynchronously('arp_sdk.daemon')}"
    assert async_daemon_alone.run(code, service_url) == "ok"


def test_an_asynchronous_client_does_not_wait_for_requests_to_be_imported(
    async_daemon_alone: Environment,
) -> None:
    found = async_daemon_alone.run(newly_imported("from arp_sdk.daemon import AsyncDaemonClient"))
    assert "arp_sdk.core.aio" in found.splitlines()
    assert not {"requests", "urllib3", "aiohttp"} & set(found.splitlines())


def test_the_extra_of_each_is_that_of_what_it_requires(wheel: Wheel) -> None:
    found = {
        requirement
        for requirement in map(Requirement, wheel.metadata.get_all("Requires-Dist", []))
        if "async" in str(requirement.marker)
    }
    if wheel.distribution == CORE:
        assert [(each.name, ">=" in str(each.specifier)) for each in found] == [("aiohttp", True)]
    elif "async" not in (wheel.metadata.get_all("Provides-Extra") or []):
        assert found == set()
    else:
        assert {each.name.partition("-")[0] for each in found} == {"arp"}
        assert all(each.extras == {"async"} for each in found)
