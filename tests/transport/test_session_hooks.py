"""Hooks and methods of a session of requests see what they see with plain requests."""

from __future__ import annotations

import gzip
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter
from requests.auth import HTTPDigestAuth

from arp_sdk.core import Retries
from arp_sdk.errors import (
    ArpApiError,
    ArpConfigError,
    ArpConnectionError,
    ArpResponseTooLargeError,
)
from arp_sdk.models import Health
from support.clients import DaemonClient, RuntimeClient
from support.server import Reply, Server, error_reply, json_reply

pytestmark = pytest.mark.threads_only("a requests.Session")

HEALTH = json_reply({"status": "ok", "time": "2024-01-01T00:00:00Z"})
EVENT = b'data: {"run_id":"r","seq":0,"type":"step","time":"2024-01-01T00:00:00Z"}\n\n'
FAST = Retries(limit=2, backoff=0)

Hook = Callable[..., Any]


def call(server: Server, hook: Hook, **options: Any) -> Health:
    with requests.Session() as session:
        session.hooks["response"].append(hook)
        with DaemonClient(server.url, session=session, **options) as daemon:
            return daemon.health()


READS: list[Hook] = [
    lambda response: response.content,
    lambda response: response.text,
    lambda response: response.json(),
    lambda response: list(response.iter_content(7)),
    lambda response: list(response.iter_lines()),
    lambda response: response.raw.read(),
    lambda response: response.close(),
]


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("read", READS)
def test_a_hook_may_read_the_body(server: Server, read: Hook, compressed: bool) -> None:
    body, headers = HEALTH.body, dict(HEALTH.headers)
    if compressed:
        body, headers = gzip.compress(body), {**headers, "Content-Encoding": "gzip"}
    seen: list[bytes] = []

    def hook(response: requests.Response, **_: Any) -> None:
        read(response)
        seen.append(response.content)

    server.plan(Reply(200, body, headers))
    assert call(server, hook).status == "ok"
    assert seen == [HEALTH.body]


def test_a_hook_may_replace_the_response(server: Server) -> None:
    def hook(response: requests.Response, **_: Any) -> requests.Response:
        made = requests.Response()
        made.status_code = 200
        made._content = HEALTH.body
        made.request = response.request
        return made

    server.plan(error_reply(500))
    assert call(server, hook).status == "ok"


@pytest.mark.parametrize(
    "error", [KeyError("x"), TypeError("x"), requests.ConnectionError("x"), OSError(5, "x")]
)
def test_what_a_hook_raises_is_raised_on(server: Server, error: Exception) -> None:
    def failing_hook(response: requests.Response, **_: Any) -> None:
        raise error

    server.plan(HEALTH)
    with pytest.raises(type(error)) as caught:
        call(server, failing_hook, retries=FAST, auth="s3cret-t0ken")
    assert caught.value is error
    assert len(server.requests) == 1
    shown = "".join(traceback.format_tb(error.__traceback__))
    assert "failing_hook" in shown
    assert "urllib3" not in shown


def test_a_hook_may_raise_for_the_status(server: Server) -> None:
    def hook(response: requests.Response, **_: Any) -> None:
        response.raise_for_status()

    server.plan(error_reply(503, retryable=True), error_reply(404, "not_found"))
    with pytest.raises(ArpApiError) as caught:
        call(server, hook, retries=FAST)
    assert (caught.value.code, caught.value.attempts) == ("not_found", 2)


def test_a_hook_reads_no_more_than_the_client_allows(server: Server) -> None:
    seen: list[int] = []
    server.plan(Reply(200, b" " * 100_000))
    with pytest.raises(ArpResponseTooLargeError):
        call(server, lambda r, **_: seen.append(len(r.content)), max_response_bytes=1000)
    assert seen == []


def test_a_hook_does_not_hold_up_a_stream(server: Server) -> None:
    server.plan(Reply(200, headers={"Content-Type": "text/event-stream"}, pieces=[EVENT, EVENT]))
    seen: list[int] = []
    with requests.Session() as session:
        session.hooks["response"].append(lambda r, **_: seen.append(r.status_code))
        with RuntimeClient(server.url, session=session) as runtime:
            assert next(iter(runtime.stream_run_events("r"))).seq == 0
    assert seen == [200]


def test_redirects_are_followed_with_hooks_as_without(server: Server) -> None:
    server.plan(Reply(307, b"", {"Location": "/v1/moved"}), HEALTH)
    seen: list[int] = []
    call(server, lambda r, **_: seen.append(r.status_code))
    assert seen == [307, 200]
    assert server.targets == ["GET /v1/health", "GET /v1/moved"]


CHALLENGE = {"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth"'}


def test_digest_reads_no_more_than_the_client_allows(server: Server) -> None:
    auth = HTTPDigestAuth("user", "pass")
    server.plan(Reply(401, b" " * 100_000, CHALLENGE), HEALTH)
    with DaemonClient(server.url, auth=auth, max_response_bytes=1000, retries=0) as daemon:
        with pytest.raises(ArpResponseTooLargeError):
            daemon.health()
    server.plan(Reply(401, b" " * 100, CHALLENGE), HEALTH)
    with DaemonClient(server.url, auth=auth, max_response_bytes=1000, retries=0) as daemon:
        assert daemon.health().status == "ok"
    assert server.last.headers["Authorization"].startswith("Digest ")


class SigningSession(requests.Session):
    """Signs in `request()`, as OAuth2Session and others do."""

    def request(self, method: Any, url: Any, **arguments: Any) -> requests.Response:  # type: ignore[override]
        headers = {**arguments.pop("headers", {}), "X-Signed": f"{method} {url}"}
        return super().request(method, url, headers=headers, **arguments)


def test_a_session_that_signs_in_request_is_called_by_it(server: Server) -> None:
    server.plan(error_reply(503), HEALTH)
    seen: list[int] = []
    with SigningSession() as session:
        session.headers["X-Mine"] = "1"
        session.hooks["response"].append(lambda r, **_: seen.append(len(r.content)))
        with DaemonClient(server.url, session=session, auth="t0ken", retries=FAST) as daemon:
            daemon.health()
    first, last = server.requests
    for request in (first, last):
        assert request.headers["X-Signed"] == f"GET {server.url}/v1/health"
        assert request.headers["Authorization"] == "Bearer t0ken"
        assert request.headers["X-Mine"] == "1"
        assert request.headers["User-Agent"].startswith("arp-daemon/")
    assert len(seen) == 2


def test_but_not_for_another_origin(server: Server) -> None:
    server.plan(HEALTH)
    home = server.url.replace("127.0.0.1", "localhost")
    with SigningSession() as session:
        with DaemonClient(
            home, session=session, auth="t0ken", allow_cross_origin_redirects=True
        ) as daemon:
            server.plan(Reply(307, b"", {"Location": f"{server.url}/v1/health"}), HEALTH)
            daemon.health()
    first, last = server.requests
    assert "X-Signed" in first.headers
    assert "X-Signed" not in last.headers
    assert "Authorization" not in last.headers


def test_a_session_that_returns_something_else_is_refused(server: Server) -> None:
    class Futures(requests.Session):
        def request(self, *args: Any, **kwargs: Any) -> Any:
            return Future[requests.Response]()

    server.plan(HEALTH)
    with Futures() as session, DaemonClient(server.url, session=session) as daemon:
        with pytest.raises(ArpConfigError, match="Futures returned Future for a request"):
            daemon.health()


def test_an_error_of_such_a_session_is_raised_on(server: Server) -> None:
    class Expired(requests.Session):
        def request(self, *args: Any, **kwargs: Any) -> Any:
            raise LookupError("the token has expired")

    with Expired() as session, DaemonClient(server.url, session=session) as daemon:
        with pytest.raises(LookupError, match="the token has expired"):
            daemon.health()


def test_an_adapter_of_a_test_that_raises(server: Server) -> None:
    class Broken(BaseAdapter):
        def send(self, *args: Any, **kwargs: Any) -> Any:
            raise self.error

        error: Exception = RuntimeError("the test says so")

        def close(self) -> None:
            pass

    with requests.Session() as session:
        adapter = Broken()
        session.mount("http://", adapter)
        with DaemonClient(server.url, session=session, retries=FAST) as daemon:
            with pytest.raises(RuntimeError, match="the test says so"):
                daemon.health()
            adapter.error = requests.ConnectionError("down")
            with pytest.raises(ArpConnectionError):
                daemon.health()
