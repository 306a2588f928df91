"""An Authorization header in `headers=` goes before the environment, and excludes `auth=`."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from requests.auth import HTTPBasicAuth

from arp_sdk.core import ApiKey
from arp_sdk.errors import ArpConfigError
from support.clients import DaemonClient
from support.server import Server, json_reply

RUNS = json_reply({"runs": []})
MINE = {"Authorization": "Custom mine"}


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ARP_TOKEN", "from-environment")
    return "Bearer from-environment"


def sent_by(server: Server) -> list[str | None]:
    return [request.headers.get("Authorization") for request in server.requests]


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
@pytest.mark.usefixtures("token")
def test_a_header_goes_before_the_environment(server: Server, name: str) -> None:
    server.plan(RUNS)
    with DaemonClient(server.url, headers={name: "Custom mine"}) as daemon:
        daemon.list_runs()
        daemon.with_options(deadline=5).list_runs()
        daemon.with_options(headers={"X-A": "b"}).list_runs()
    assert sent_by(server) == ["Custom mine"] * 3


def test_a_header_that_is_added_later(server: Server, token: str) -> None:
    server.plan(RUNS)
    with DaemonClient(server.url, headers={"X-A": "b"}) as daemon:
        daemon.with_options(headers=MINE).list_runs()
        daemon.list_runs()
    assert sent_by(server) == ["Custom mine", token]


@pytest.mark.parametrize(
    "auth", ["s3cret", lambda: "s3cret", ("user", "s3cret"), HTTPBasicAuth("user", "s3cret")]
)
def test_both_are_refused(auth: Any) -> None:
    with pytest.raises(ArpConfigError, match="auth= and Authorization in headers=") as caught:
        DaemonClient("http://127.0.0.1:1", auth=auth, headers=MINE)
    assert "s3cret" not in str(caught.value)
    with DaemonClient("http://127.0.0.1:1", auth=auth) as daemon:
        with pytest.raises(ArpConfigError, match="exclude each other"):
            daemon.with_options(headers=MINE)
    with DaemonClient("http://127.0.0.1:1", headers=MINE) as daemon:
        with pytest.raises(ArpConfigError, match="exclude each other"):
            daemon.with_options(auth=auth)


@pytest.mark.usefixtures("token")
def test_an_api_key_has_a_header_of_its_own(server: Server) -> None:
    server.plan(RUNS)
    with DaemonClient(server.url, auth=ApiKey("k3y"), headers=MINE) as daemon:
        daemon.list_runs()
    assert server.last.headers["X-API-Key"] == "k3y"
    assert sent_by(server) == ["Custom mine"]
    with pytest.raises(ArpConfigError, match="X-API-Key"):
        DaemonClient(server.url, auth=ApiKey("k3y"), headers={"x-api-key": "other"})


def test_a_pickle(server: Server, token: str) -> None:
    server.plan(RUNS)
    for keeps in (True, False):
        with DaemonClient(server.url, headers=MINE, pickle_secrets=keeps) as daemon:
            copy = pickle.loads(pickle.dumps(daemon))
        with copy:
            copy.list_runs()
    # Without its secrets, a pickle takes those of the place where it is read.
    assert sent_by(server) == ["Custom mine", token]
