"""The HTTP of a service: what every service has without a line of its own."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import socket
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from http.client import HTTPConnection
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
import pytest
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.routing import Mount

from arp_sdk.core import Operation
from arp_sdk.errors import ArpConfigError
from arp_sdk.models import ErrorCause, ErrorEnvelope, RunState, RunStatus
from arp_sdk.runtime import RuntimeClient
from arp_sdk.runtime.server import RuntimeService
from arp_sdk.schema import Model, OnSend
from arp_sdk.server import (
    App,
    BearerTokens,
    Contract,
    Service,
    ServiceError,
    app,
    current_request,
)
from sandbox.exchanges import exchange, post_json
from sandbox.runs import eventually
from server.services import Runtime, Served, event, served


@pytest.fixture
def runtime() -> Runtime:
    return Runtime()


@pytest.fixture
def url(runtime: Runtime) -> Iterator[str]:
    with served(app(runtime, auth=None, name="mine", version="2", max_body_bytes=1000)) as server:
        yield server.url


def test_health_and_version_need_no_method(url: str) -> None:
    assert exchange("GET", f"{url}/v1/health").json["status"] == "ok"
    assert exchange("GET", f"{url}/v1/version").json == {
        "service_name": "mine", "service_version": "2", "supported_api_versions": ["v1"],
    }  # fmt: skip


def test_errors_may_have_a_model_of_their_own(runtime: Runtime) -> None:
    def problem(error: ServiceError) -> Model:
        return ErrorCause(code=str(error.status), message=error.error.message)

    with served(app(runtime, auth=None, error_body=problem)) as server:
        responses = [exchange("GET", server.url + path) for path in ("/v1/runs/x", "/nothing")]

    assert [(each.status, sorted(each.json)) for each in responses] == [
        (404, ["code", "message"])
    ] * 2
    assert responses[0].json == {"code": "404", "message": "Unknown run_id: x"}


def test_the_contract_is_published(url: str) -> None:
    document = exchange("GET", f"{url}/openapi.json").json

    assert document["info"]["title"] == "ARP Runtime API"
    assert "RunEvent" in document["components"]["schemas"]


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("HEAD", "/v1/health", 200, None),
        ("HEAD", "/openapi.json", 200, None),
        ("HEAD", "/v1/runs/x", 404, None),
        ("HEAD", "/v1/runs/x/events", 200, None),
        ("OPTIONS", "/v1/runs/x", 204, "GET, HEAD, OPTIONS"),
        ("OPTIONS", "/v1/runs", 204, "OPTIONS, POST"),
        ("OPTIONS", "/nothing", 404, None),
        ("GET", "/v1/runs", 405, "OPTIONS, POST"),
        ("GET", "/v1/health/", 404, None),
    ],
)
def test_methods(url: str, method: str, path: str, status: int, allow: str | None) -> None:
    response = exchange(method, url + path)

    assert (response.status, response.headers.get("allow")) == (status, allow)
    if method in ("HEAD", "OPTIONS") and status != 404:
        assert response.body == b""
    elif method != "HEAD" and status >= 400:
        ErrorEnvelope.from_json(response.body).validate()


def test_the_absolute_form_of_a_target(url: str) -> None:
    connection = HTTPConnection(urlsplit(url).netloc)
    connection.request("GET", f"{url}/v1/health")
    with connection.getresponse() as response:
        assert response.status == 200
    connection.close()


def test_a_response_to_head_has_the_length_of_the_body(url: str) -> None:
    body = exchange("GET", f"{url}/openapi.json").body

    assert exchange("HEAD", f"{url}/openapi.json").headers["content-length"] == str(len(body))
    assert "content-length" not in exchange("HEAD", f"{url}/v1/runs/x/events").headers


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200), ("text/html, */*;q=0.1", 200), ("application/*", 200),
        ("", 200), ("text/html", 406), ("application/json;q=0", 406), ("*/*;q=x", 406),
    ],
)  # fmt: skip
def test_accept(url: str, accept: str, status: int) -> None:
    assert exchange("GET", f"{url}/v1/health", headers={"Accept": accept}).status == status


def test_bodies_have_a_limit(url: str) -> None:
    long = post_json(f"{url}/v1/runs", {"input": {"goal": "x" * 1000}})

    assert (long.status, long.code) == (413, "payload_too_large")
    assert post_json(f"{url}/v1/runs", {"input": {"goal": "x"}}).status == 200


@pytest.mark.parametrize("given", ["a" * 129, "a\u00e9".encode().decode("latin-1"), ""])
def test_an_unusable_request_id_is_replaced(url: str, given: str) -> None:
    response = exchange("GET", f"{url}/v1/health", headers={"X-Request-Id": given})

    assert response.headers["x-request-id"].startswith("req_")


def test_a_repeated_run_id_has_no_second_effect(url: str, runtime: Runtime) -> None:
    request = {"run_id": "r", "input": {"goal": "hello"}}
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: post_json(f"{url}/v1/runs", request), range(8)))

    assert {(each.status, each.body) for each in found} == {
        (200, b'{"run_id":"r","state":"running"}')
    }
    assert runtime.created == ["r"]
    post_json(f"{url}/v1/runs", {"input": {"goal": "hello"}})
    post_json(f"{url}/v1/runs", {"input": {"goal": "hello"}})
    assert runtime.created == ["r", "new", "new"]


def test_a_wrong_response_does_not_leave(url: str, caplog: pytest.LogCaptureFixture) -> None:
    response = exchange("GET", f"{url}/v1/runs/broken")

    assert (response.status, response.code) == (500, "invalid_response")
    assert "$.run_id" in response.json["error"]["message"]
    assert "get_run_status" in caplog.text


def test_what_is_not_implemented(url: str) -> None:
    response = exchange("GET", f"{url}/v1/runs/x/result")

    assert (response.status, response.code) == (501, "not_implemented")


class Chosen(RuntimeService):
    async def cancel_run(self, run_id: str) -> RunStatus:
        current_request().response_headers["X-Seen"] = f"{current_request().method}\r\nX-Bad: 1"
        return RunStatus(run_id=run_id, state=RunState.CANCELED)

    async def get_run_status(self, run_id: str) -> RunStatus:
        raise LookupError(run_id)


def test_a_service_adds_headers_and_translates_errors() -> None:
    def translate(error: Exception) -> ServiceError | None:
        return ServiceError(404, "gone", str(error)) if isinstance(error, LookupError) else None

    with served(app(Chosen(), auth=None, translate=translate)) as server:
        response = exchange("POST", f"{server.url}/v1/runs/a%2Fb:cancel")
        missing = exchange("GET", f"{server.url}/v1/runs/x")

    assert response.json == {"run_id": "a/b", "state": "canceled"}
    assert response.headers["x-seen"] == "POST X-Bad: 1"
    assert (missing.status, missing.code) == (404, "gone")


async def by_name(token: str) -> str | None:
    if token == "banned":
        raise ServiceError(403, "forbidden", "Go away.")
    return {"1": "ann"}.get(token)


@pytest.mark.parametrize(
    ("auth", "token", "status"),
    [
        (by_name, None, 401),
        (by_name, "2", 401),
        (by_name, "banned", 403),
        (by_name, "1", 200),
        (BearerTokens("a", "b"), "b", 200),
        (BearerTokens("a", "b"), "c", 401),
    ],
)
def test_authentication(auth: Any, token: str | None, status: int) -> None:
    runtime = Runtime()
    headers = {} if token is None else {"Authorization": f"bearer {token}"}
    with served(app(runtime, auth=auth, name="mine")) as server:
        response = post_json(f"{server.url}/v1/runs", {"input": {"goal": "x"}}, headers)
        for path in ("/v1/health", "/v1/version", "/openapi.json"):
            assert exchange("GET", server.url + path).status == 200

    assert response.status == status
    if status == 401:
        assert response.headers["www-authenticate"].startswith('Bearer realm="mine"')
    if status == 200:
        assert runtime.callers == ["ann" if auth is by_name else True]


def test_fixed_tokens_show_no_token() -> None:
    assert repr(BearerTokens("secret")) == "<BearerTokens, 1>"
    with pytest.raises(ValueError, match="empty"):
        BearerTokens("")


@pytest.mark.parametrize("framework", ["fastapi.FastAPI", "starlette.applications.Starlette"])
def test_mounted(framework: str, runtime: Runtime) -> None:
    module, _, name = framework.rpartition(".")
    reason = "needs the group `bridges`: hatch run sync"
    outer = getattr(pytest.importorskip(module, reason=reason), name)(
        routes=[Mount("/arp", app(runtime, auth=None))]
    )
    with served(outer) as server, RuntimeClient(f"{server.url}/arp") as client:
        assert client.health().status == "ok"
        run = client.create_run({"input": {"goal": "x"}, "run_id": "a/b"})  # type: ignore[arg-type]
        assert client.get_run_status(run.run_id) == run
        server.call(runtime.logs["a/b"].close, [event("a/b", 0)])
        assert [each.seq for each in client.stream_run_events("a/b")] == [0]
        assert exchange("GET", f"{server.url}/v1/health").status == 404


def test_middleware_sees_that_a_client_has_left(runtime: Runtime) -> None:
    statuses: list[int] = []

    async def count(request: Any, call_next: Any) -> Any:
        response = await call_next(request)
        statuses.append(response.status_code)
        return response

    with served(BaseHTTPMiddleware(app(runtime, auth=None), dispatch=count)) as server:
        place = urlsplit(server.url)
        with socket.create_connection((place.hostname, place.port or 80)) as connection:
            connection.sendall(b"GET /v1/runs/slow HTTP/1.1\r\nHost: x\r\n\r\n")
            assert runtime.waiting.wait(30)
        assert eventually(lambda: (runtime.ended, statuses), (["slow"], [499]))


def test_a_mount_that_shortens_the_decoded_path_only(runtime: Runtime) -> None:
    inner = app(runtime, auth=None)

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        # As Litestar 2.25 does it, which also adds the slash.
        await inner({**scope, "path": scope["path"].removeprefix("/a rp") + "/"}, receive, send)

    with served(outer) as server, RuntimeClient(f"{server.url}/a%20rp") as client:
        assert client.health().status == "ok"
        run = client.create_run({"input": {"goal": "x"}, "run_id": "a/b"})  # type: ignore[arg-type]
        assert client.get_run_status(run.run_id) == run
        assert exchange("GET", f"{server.url}/a%20rp/a%20rp/v1/health").status == 404


def test_lifespan() -> None:
    steps: list[str] = []

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        steps.append("start")
        yield
        steps.append("stop")

    async def run(application: App) -> list[str]:
        inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        sent: list[str] = []
        for name in ("startup", "shutdown"):
            inbox.put_nowait({"type": f"lifespan.{name}"})

        async def send(message: Any) -> None:
            sent.append(message["type"])

        await application({"type": "lifespan"}, inbox.get, send)
        return sent

    sent = asyncio.run(run(app(Runtime(), auth=None, lifespan=lifespan)))

    assert steps == ["start", "stop"]
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    failed = asyncio.run(run(app(Runtime(), auth=None, lifespan=lambda: 1 / 0)))  # type: ignore[arg-type,return-value]
    assert failed == ["lifespan.startup.failed"]


def test_two_templates_that_match(url: str, runtime: Runtime) -> None:
    runtime.logs["x:cancel"] = runtime.logs["x"] = None  # type: ignore[assignment]

    # A run may be called `x:cancel`: GET means it, and POST cancels the run `x`.
    assert exchange("GET", f"{url}/v1/runs/x:cancel").json["run_id"] == "x:cancel"
    assert exchange("POST", f"{url}/v1/runs/x:cancel").code == "not_implemented"


class Jobs(Service):
    """It has two success statuses, and the second allows less."""

    short = Annotated[str, OnSend(max_length=1)]
    contract = Contract(
        "arp_sdk.runtime",
        "Jobs",
        {"state": Operation("state", "GET", "/v1/state", responses={200: str, 202: short})},
    )

    async def state(self) -> str:
        current_request().response_status = int(current_request().headers["x-status"])
        return current_request().headers["x-state"]


def test_a_service_chooses_the_status() -> None:
    given = [("200", "done"), ("202", "done"), ("202", "-"), ("200", "-")]
    with served(app(Jobs(), auth=None)) as server:
        found = [
            exchange(
                "GET", f"{server.url}/v1/state", headers={"X-Status": status, "X-State": state}
            )
            for status, state in given
        ]

    assert [each.status for each in found] == [200, 500, 202, 200]


def test_no_secret_in_a_failure(served_failure: Served, caplog: pytest.LogCaptureFixture) -> None:
    response = exchange("GET", f"{served_failure.url}/v1/runs/x")

    assert response.code == "internal_error"
    assert json.dumps(response.json).count("sesame") == 0
    assert "sesame" in caplog.text  # the log is for the operator


@pytest.fixture
def served_failure() -> Iterator[Served]:
    class Failing(RuntimeService):
        async def get_run_status(self, run_id: str) -> RunStatus:
            raise RuntimeError("sesame")

    with served(app(Failing(), auth=None)) as server:
        yield server


def test_authentication_that_the_contract_does_not_ask_for_is_an_error() -> None:
    declared = RuntimeService.contract
    exempt = {
        name: msgspec.structs.replace(operation, authenticated=False)
        for name, operation in declared.operations.items()
    }

    class Open(RuntimeService):
        contract = dataclasses.replace(declared, operations=exempt)

    with pytest.raises(ArpConfigError, match="security"):
        app(Open(), auth=BearerTokens("secret"))
    app(Open(), auth=None)
