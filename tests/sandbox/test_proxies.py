"""A proxy in the environment does not come between the clients and the services."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from arp_sdk.sandbox import Sandbox
from arp_sdk.sandbox._command_line import main
from arp_sdk.sandbox._http.local_hosts import without_proxy
from sandbox.exchanges import post_json
from support.server import Server, error_reply

PROGRAM = (
    "from arp_sdk.daemon import DaemonClient\nwith DaemonClient() as d: print(d.health().status)"
)
TEST = """
from arp_sdk.daemon import DaemonClient

def test_it(arp_sandbox):
    with DaemonClient(retries=0) as daemon:
        assert daemon.health().status == "ok"
"""


@pytest.fixture(params=["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def proxy(
    request: pytest.FixtureRequest, server: Server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """A proxy for all requests, which responds with 502."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv(request.param, server.url)
    server.plan(error_reply(502))
    yield server
    assert server.targets == []


@pytest.mark.parametrize("kept", [None, pytest.param("corp.example", marks=pytest.mark.full)])
def test_command(
    proxy: Server,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    kept: str | None,
) -> None:
    if kept is not None:
        monkeypatch.setenv("NO_PROXY", kept)

    assert main(["--run", sys.executable, "-c", PROGRAM]) == 0
    assert capfd.readouterr() == ("ok\n", "")


def test_fixture(proxy: Server, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TEST)

    pytester.runpytest_inprocess("-W", "error").assert_outcomes(passed=1)


def test_calls_to_registered_runtimes(proxy: Server) -> None:
    with Sandbox() as other, Sandbox() as box:
        body = {"runtime_api_endpoint": other.runtime_url}
        # The exchange uses no proxy itself.
        response = post_json(f"{box.daemon_url}/v1/instances:register", body)

    assert response.json["instance"]["state"] == "ready"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ("127.0.0.1", "127.0.0.1")),
        ({"NO_PROXY": "a,b"}, ("a,b,127.0.0.1", "a,b,127.0.0.1")),
        ({"no_proxy": "a", "NO_PROXY": "b"}, ("a,127.0.0.1", "b,127.0.0.1")),
        ({"no_proxy": ""}, ("127.0.0.1", "127.0.0.1")),
        ({"NO_PROXY": "*"}, ("*", "*")),
    ],
)
def test_hosts_of_the_user_stay(environment: dict[str, str], expected: tuple[str, str]) -> None:
    variables = without_proxy(environment)

    assert (variables["no_proxy"], variables["NO_PROXY"]) == expected
