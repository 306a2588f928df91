"""Credentials are sent to the service, in the requested form, and nowhere else."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth

from arp_sdk.core import ApiKey, Auth
from arp_sdk.errors import ArpApiError, ArpConfigError
from arp_sdk.models import RunRequest, RunRequestInput
from support.clients import DaemonClient
from support.server import Received, Reply, Server, error_reply, json_reply

RUNS = json_reply({"runs": []})


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ("t0ken", "Authorization", "Bearer t0ken"),
        (lambda: "t0ken", "Authorization", "Bearer t0ken"),
        (ApiKey("k3y"), "X-API-Key", "k3y"),
        (ApiKey("k3y", header="Ocp-Key"), "Ocp-Key", "k3y"),
        (("user", "pass"), "Authorization", "Basic dXNlcjpwYXNz"),
        (HTTPBasicAuth("user", "pass"), "Authorization", "Basic dXNlcjpwYXNz"),
    ],
)
def test_each_kind_of_credentials_has_its_header(
    server: Server, auth: Auth, header: str, value: str
) -> None:
    server.plan(RUNS)
    with DaemonClient(server.url, auth=auth) as daemon:
        daemon.list_runs()
    assert server.last.headers[header] == value


def test_without_credentials_none_are_sent(server: Server) -> None:
    server.plan(RUNS)
    with DaemonClient(server.url) as daemon:
        daemon.list_runs()
    assert "Authorization" not in server.last.headers


@pytest.mark.threads_only("requests sends by itself for HTTPDigestAuth")
def test_digest_authentication_of_requests_works(server: Server) -> None:
    def challenge(request: Received) -> Reply:
        if "Authorization" in request.headers:
            return RUNS
        realm = 'Digest realm="r", nonce="n", qop="auth", algorithm=MD5'
        return Reply(401, b"", {"WWW-Authenticate": realm})

    server.plan(challenge)
    with DaemonClient(server.url, auth=HTTPDigestAuth("user", "pass")) as daemon:
        assert daemon.list_runs().runs == []
    assert server.last.headers["Authorization"].startswith('Digest username="user"')


def test_the_environment_has_the_lowest_precedence(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARP_TOKEN", "from-environment")
    server.plan(RUNS)
    with DaemonClient(server.url) as daemon:
        daemon.list_runs()
        daemon.with_options(auth="of-copy").list_runs()
        daemon.list_runs()
    with DaemonClient(server.url, auth="given") as daemon:
        daemon.list_runs()
    sent = [request.headers["Authorization"] for request in server.requests]
    tokens = ["from-environment", "of-copy", "from-environment", "given"]
    assert sent == [f"Bearer {token}" for token in tokens]


def test_a_provider_is_called_again_once_after_a_401(server: Server) -> None:
    tokens = iter(["old", "new", "newer"])
    server.plan(RUNS, error_reply(401, "unauthorized"), RUNS, error_reply(401, "unauthorized"))
    with DaemonClient(server.url, auth=lambda: next(tokens)) as daemon:
        daemon.list_runs()
        daemon.list_runs()
        with pytest.raises(ArpApiError, match=r"\[401\] unauthorized"):
            daemon.list_runs()
    sent = [request.headers["Authorization"] for request in server.requests]
    assert sent == [f"Bearer {token}" for token in ("old", "old", "new", "new", "newer")]


def test_a_post_is_repeated_with_its_body_after_a_401(server: Server) -> None:
    tokens = iter(["old", "new"])
    server.plan(error_reply(401), json_reply({"run_id": "r", "state": "queued"}, 202))
    with DaemonClient(server.url, auth=lambda: next(tokens), retries=0) as daemon:
        daemon.submit_run(RunRequest(input=RunRequestInput(goal="g")))
    assert server.requests[0].body == server.requests[1].body != b""


def test_a_fixed_token_is_not_sent_twice(server: Server) -> None:
    server.plan(error_reply(401))
    with DaemonClient(server.url, auth="t") as daemon, pytest.raises(ArpApiError):
        daemon.list_runs()
    assert len(server.requests) == 1


def test_threads_that_get_a_401_together_renew_the_token_once(server: Server) -> None:
    calls: list[str] = []

    def provide() -> str:
        calls.append("call")
        return f"token-{len(calls)}"

    barrier = threading.Barrier(8)

    def respond(request: Received) -> Reply:
        if request.headers["Authorization"] == "Bearer token-1":
            barrier.wait(30)
            return error_reply(401)
        return RUNS

    server.plan(respond)
    with DaemonClient(server.url, auth=provide) as daemon:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: daemon.list_runs(), range(8)))
    assert len(calls) == 2
    assert len(server.requests) == 16


def test_netrc_never_replaces_credentials(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _write_netrc(server, monkeypatch, tmp_path)
    with DaemonClient(server.url, auth="given") as daemon:
        daemon.list_runs()
    with DaemonClient(server.url) as daemon:
        daemon.list_runs()
    sent = [request.headers.get("Authorization") for request in server.requests]
    assert sent == ["Bearer given", None]


@pytest.mark.threads_only("a requests.Session")
def test_netrc_is_not_read_for_a_session_of_the_users_own(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _write_netrc(server, monkeypatch, tmp_path)
    with requests.Session() as session, DaemonClient(server.url, session=session) as daemon:
        daemon.list_runs()
    assert "Authorization" not in server.last.headers


def _write_netrc(server: Server, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    netrc = folder / "netrc"
    netrc.write_text("machine 127.0.0.1 login netrc-user password netrc-pass\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    assert requests.utils.get_netrc_auth(server.url) == ("netrc-user", "netrc-pass")
    server.plan(RUNS)


def test_credentials_follow_a_redirect_within_the_origin(server: Server) -> None:
    server.plan(Reply(307, b"", {"Location": "/elsewhere"}), RUNS)
    with DaemonClient(server.url, auth="t0ken") as daemon:
        daemon.list_runs()
    assert server.targets == ["GET /v1/runs", "GET /elsewhere"]
    assert server.last.headers["Authorization"] == "Bearer t0ken"


@pytest.mark.threads_only("the code is shared")
@pytest.mark.parametrize("auth", ["two\r\nlines", "ümlaut", 7, ApiKey, ("a", "b", "c")])
def test_credentials_that_cannot_be_sent_are_refused_and_not_shown(auth: object) -> None:
    with pytest.raises((ArpConfigError, TypeError)) as caught:
        if auth is ApiKey:
            ApiKey("k\n3y")
        DaemonClient("http://127.0.0.1:1", auth=auth)  # type: ignore[arg-type]
    assert "two" not in str(caught.value)
    assert "ümlaut" not in str(caught.value)


def test_an_auth_object_that_raises_is_named_without_its_secrets(server: Server) -> None:
    class Broken(AuthBase):
        def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
            raise KeyError("s3cret")

    with DaemonClient(server.url, auth=Broken()) as daemon:
        with pytest.raises(ArpConfigError, match="auth object Broken raised KeyError") as caught:
            daemon.list_runs()
    assert caught.value.__context__ is None
    assert server.requests == []


@pytest.mark.threads_only("the code is shared")
def test_an_empty_token_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARP_TOKEN", "from-environment")
    with pytest.raises(ArpConfigError, match="empty"):
        DaemonClient("http://127.0.0.1:1", auth="")
