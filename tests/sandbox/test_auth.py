from __future__ import annotations

from collections.abc import Iterator

import pytest

from arp_sdk.errors import ArpApiError
from arp_sdk.sandbox import Sandbox
from sandbox.exchanges import exchange
from sandbox.runs import ended, run_request
from support.clients import DaemonClient


@pytest.fixture
def guarded() -> Iterator[Sandbox]:
    with Sandbox(token="secret", latency=0) as box:
        yield box


@pytest.mark.parametrize("path", ["/v1/health", "/v1/version"])
def test_open_to_all(guarded: Sandbox, path: str) -> None:
    for url in (guarded.tool_registry_url, guarded.runtime_url, guarded.daemon_url):
        assert exchange("GET", url + path).status == 200


@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        (None, 'Bearer realm="{realm}"'),
        ("Bearer wrong", 'Bearer realm="{realm}", error="invalid_token"'),
        ("Basic secret", 'Bearer realm="{realm}", error="invalid_token"'),
        ("secret", 'Bearer realm="{realm}"'),
    ],
)
def test_wrong_credentials(guarded: Sandbox, header: str | None, challenge: str) -> None:
    headers = {} if header is None else {"Authorization": header}
    for realm, url in (
        ("arp-sandbox-tool-registry", f"{guarded.tool_registry_url}/v1/tools"),
        ("arp-sandbox-runtime", f"{guarded.runtime_url}/v1/runs/x"),
        ("arp-sandbox-daemon", f"{guarded.daemon_url}/v1/runs"),
    ):
        response = exchange("GET", url, headers=headers)

        assert (response.status, response.code) == (401, "unauthorized")
        assert response.headers["www-authenticate"] == challenge.format(realm=realm)


def test_the_token_opens(guarded: Sandbox) -> None:
    with DaemonClient(guarded.daemon_url, auth="secret") as daemon:
        run = daemon.submit_run(run_request("hello"))

        assert ended(daemon, run.run_id).state == "succeeded"


def test_instances_demand_it_too(guarded: Sandbox) -> None:
    with DaemonClient(guarded.daemon_url, auth="secret") as daemon:
        (instance,) = daemon.list_instances().instances

    assert exchange("GET", f"{instance.runtime_api_endpoint}/v1/runs/x").status == 401


def test_the_daemon_has_it_for_the_runtime_of_the_sandbox(guarded: Sandbox) -> None:
    with DaemonClient(guarded.daemon_url, auth="secret") as daemon:
        request = run_request("hello", runtime_api_endpoint=guarded.runtime_url)
        run = daemon.submit_run(request)

        assert ended(daemon, run.run_id).state == "succeeded"


def test_a_token_expires(guarded: Sandbox, box: Sandbox) -> None:
    asked: list[str | None] = []

    def token(rejected: str | None) -> str:
        asked.append(rejected)
        return "secret" if rejected is None else "other"

    with DaemonClient(guarded.daemon_url, auth=token) as daemon:
        daemon.list_runs()
        guarded.token = "other"
        assert daemon.run("hello").ok  # which the daemon asks its instance for
    assert asked == [None, "secret"]
    with pytest.raises(ValueError, match="to begin with"):
        box.token = "secret"


def test_no_token_is_demanded(box: Sandbox) -> None:
    with DaemonClient(box.daemon_url, auth="whatever") as daemon:
        assert daemon.list_runs().runs == []


def test_the_client_says_what_to_do(guarded: Sandbox) -> None:
    with DaemonClient(guarded.daemon_url) as daemon, pytest.raises(ArpApiError) as caught:
        daemon.list_runs()

    assert str(caught.value).startswith("[401] unauthorized")
