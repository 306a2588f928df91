"""A session of the user's own, proxies and certificates work as users of `requests` know them."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
import trustme
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth

from arp_sdk.errors import ArpConnectionError
from support.clients import DaemonClient
from support.server import Reply, Server, json_reply, serving

RUNS = json_reply({"runs": []})


@pytest.mark.threads_only("a requests.Session")
def test_a_session_of_the_users_own(server: Server) -> None:
    server.plan(RUNS)
    with requests.Session() as session:
        session.headers["X-Mine"] = "yes"
        session.auth = HTTPBasicAuth("user", "pass")
        session.cookies.set("c", "1", domain="127.0.0.1")
        seen: list[int] = []
        session.hooks["response"].append(lambda r, **_: seen.append(r.status_code))
        with DaemonClient(server.url, session=session) as daemon:
            daemon.list_runs()
            daemon.with_options(auth="t0ken").list_runs()
        first, second = (request.headers for request in server.requests)
        assert first["X-Mine"] == "yes"
        assert first["Authorization"] == "Basic dXNlcjpwYXNz"
        assert first["Cookie"] == "c=1"
        assert second["Authorization"] == "Bearer t0ken"
        assert first["User-Agent"].startswith("arp-daemon/")
        assert seen == [200, 200]
        assert session.get(server.url).status_code == 200, "closing the client left it open"


@pytest.mark.threads_only("an adapter of requests")
def test_an_adapter_of_the_users_own_is_used(server: Server) -> None:
    class Counting(HTTPAdapter):
        sent = 0

        def send(self, *args: object, **kwargs: object) -> requests.Response:
            self.sent += 1
            return super().send(*args, **kwargs)  # type: ignore[arg-type]

    server.plan(RUNS)
    adapter = Counting()
    with requests.Session() as session:
        session.mount("http://", adapter)
        with DaemonClient(server.url, session=session) as daemon:
            daemon.list_runs()
    assert adapter.sent == 1


def test_a_service_plants_no_cookies(server: Server) -> None:
    server.plan(Reply(200, b'{"runs":[]}', {"Set-Cookie": "planted=1; Path=/"}))
    with DaemonClient(server.url) as daemon:
        daemon.list_runs()
        daemon.list_runs()
    assert "Cookie" not in server.last.headers


def test_a_proxy_is_used(server: Server) -> None:
    server.plan(RUNS)
    proxies = {"http": server.url}
    with DaemonClient("http://daemon.invalid", proxies=proxies) as daemon:
        daemon.list_runs()
    assert server.last.target == "http://daemon.invalid/v1/runs"
    assert server.last.headers["Host"] == "daemon.invalid"


def test_a_proxy_of_the_environment_is_used(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setenv("NO_PROXY", "other.invalid")
    monkeypatch.setenv("no_proxy", "other.invalid")
    server.plan(RUNS)
    with DaemonClient("http://daemon.invalid", retries=0) as daemon:
        daemon.list_runs()
    assert server.last.target == "http://daemon.invalid/v1/runs"
    with DaemonClient("http://other.invalid", retries=0) as daemon:
        with pytest.raises(ArpConnectionError):
            daemon.list_runs()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_OPTIONAL

    def wrap(httpd: ThreadingHTTPServer) -> None:
        httpd.socket = context.wrap_socket(
            httpd.socket, server_side=True, do_handshake_on_connect=False
        )

    with serving(wrap) as server:
        server.plan(RUNS)
        yield server


def test_a_certificate_is_verified(secure: Server, bundle: str) -> None:
    with DaemonClient(secure.url) as daemon, pytest.raises(ArpConnectionError) as caught:
        daemon.list_runs()
    assert "certificate" in str(caught.value)
    assert caught.value.attempts == 1, "a wrong certificate does not get right by asking again"
    with DaemonClient(secure.url, verify=bundle) as daemon:
        daemon.list_runs()
        daemon.list_runs()


def test_a_bundle_of_the_environment_is_used(
    secure: Server, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    with DaemonClient(secure.url) as daemon:
        daemon.list_runs()


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_verification_can_be_switched_off(secure: Server) -> None:
    with DaemonClient(secure.url, verify=False) as daemon:
        daemon.list_runs()


def test_a_client_certificate_is_sent(
    secure: Server, bundle: str, authority: trustme.CA, tmp_path: Path
) -> None:
    mine = authority.issue_cert("me@example.org")
    path = tmp_path / "mine.pem"
    mine.private_key_and_cert_chain_pem.write_to_path(str(path))
    with DaemonClient(secure.url, verify=bundle, cert=str(path)) as daemon:
        daemon.list_runs()
    assert secure.client_certificates == 1


def test_a_redirect_from_https_to_http_is_refused(secure: Server, bundle: str) -> None:
    with serving() as plain:
        secure.plan(Reply(307, b"", {"Location": plain.url}))
        with (
            DaemonClient(secure.url, verify=bundle, allow_cross_origin_redirects=True) as daemon,
            pytest.raises(Exception, match="https to http"),
        ):
            daemon.list_runs()
        assert plain.requests == []
