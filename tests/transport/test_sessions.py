"""Sessions of the user's own and proxies work as in `requests`."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth

from arp_sdk.errors import ArpConnectionError
from support.clients import DaemonClient
from support.server import Reply, Server, json_reply, serving
from support.wire import eventually

RUNS = json_reply({"runs": []})


@pytest.mark.threads_only("a requests.Session")
def test_a_session_of_the_users_own_keeps_its_settings(server: Server) -> None:
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
        assert session.get(server.url).status_code == 200, "the client closed it"


def test_closing_closes_the_connections_to_many_origins() -> None:
    with ExitStack() as stack:
        home, *others = [stack.enter_context(serving()) for _ in range(12)]
        for other in others:
            other.plan(RUNS)
        home.plan(*(Reply(307, b"", {"Location": f"{other.url}/x"}) for other in others))
        daemon = DaemonClient(home.url, allow_cross_origin_redirects=True)
        for _ in others:
            daemon.list_runs()
        daemon.close()
        assert [other.targets for other in others] == [["GET /x"]] * len(others)
        assert eventually(lambda: not any(server.open for server in (home, *others)))


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


def test_a_service_cannot_set_cookies(server: Server) -> None:
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
