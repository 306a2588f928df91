"""A web page cannot drive the services: Host, Origin and Content-Type are checked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from arp_sdk.sandbox import Sandbox
from sandbox.exchanges import Response, exchange, post_json

RUN = json.dumps({"input": {"goal": "hello"}}).encode()
JSON = {"Content-Type": "application/json"}
PORT = "{port}"


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(latency=0, allowed_hosts=["Sandbox.test", "proxy.test:9"]) as box:
        yield box


def urls(box: Sandbox) -> list[str]:
    instance = exchange("GET", f"{box.daemon_url}/v1/instances").json["instances"][0]
    return [
        box.tool_registry_url,
        box.runtime_url,
        box.daemon_url,
        instance["runtime_api_endpoint"],
    ]


def submit(box: Sandbox, **headers: str) -> Response:
    port = str(urlsplit(box.daemon_url).port)
    sent = {name: value.replace(PORT, port) for name, value in headers.items()}
    return exchange("POST", f"{box.daemon_url}/v1/runs", RUN, {**JSON, **sent})


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "localhost",
        "localhost.evil.example:{port}",
        "127.0.0.1.evil.example:{port}",
        "user@127.0.0.1:{port}",
        "127.0.0.1:{port}/x",
        "127.0.0.1:{port}#",
        "192.0.2.1:{port}",
        "0.0.0.0:{port}",
        "[::1",
        "127.0.0.1:x",
        "",
        "proxy.test",
        "proxy.test:10",
        "x.sandbox.test",
    ],
)
def test_host_of_another_service(shared: Sandbox, host: str) -> None:
    response = submit(shared, Host=host)

    assert (response.status, response.code) == (403, "host_not_allowed")
    assert "--allow-host" in response.json["error"]["message"]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:{port}",
        "LOCALHOST:{port}",
        "127.1.2.3:{port}",
        "[::1]:{port}",
        "sandbox.test",
        "SANDBOX.test:1234",
        "proxy.test:9",
    ],
)
def test_allowed_host(shared: Sandbox, host: str) -> None:
    assert submit(shared, Host=host).status == 202


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://evil.example:{port}",
        "http://localhost:3000",
        "http://127.0.0.1",
        "https://localhost",
        "null",
        "",
        "file://",
        "http://user@127.0.0.1:{port}",
        "chrome-extension://127.0.0.1:{port}",
        "http://proxy.test",
    ],
)
def test_origin_of_another_page(shared: Sandbox, origin: str) -> None:
    response = submit(shared, Origin=origin)

    assert (response.status, response.code) == (403, "origin_not_allowed")
    assert not [name for name in response.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "origin",
    [
        "http://127.0.0.1:{port}",
        "http://localhost:{port}",
        "https://sandbox.test",
        "http://proxy.test:9",
    ],
)
def test_allowed_origin(shared: Sandbox, origin: str) -> None:
    assert submit(shared, Origin=origin).status == 202


def test_every_service_checks(shared: Sandbox) -> None:
    for url in urls(shared):
        for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
            assert exchange("GET", f"{url}/v1/health", headers=headers).status == 403
            assert exchange("GET", f"{url}/nothing", headers=headers).status == 403


def test_refused_request_calls_no_tool(shared: Sandbox) -> None:
    calls: list[int] = []
    shared.tool(name="count")(lambda: calls.append(1))
    body = json.dumps({"invocation_id": "1", "tool_name": "count", "args": {}}).encode()
    url = f"{shared.tool_registry_url}/v1/tool-invocations"

    exchange("POST", url, body, {**JSON, "Host": "evil.example"})
    exchange("POST", url, body, {**JSON, "Origin": "https://evil.example"})
    exchange("POST", url, body)
    exchange("POST", url, body, {"Content-Type": "text/plain"})

    assert calls == []
    assert exchange("POST", url, body, JSON).status == 200
    assert calls == [1]


def test_preflight_is_not_granted(shared: Sandbox) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "DELETE"}
    response = exchange("OPTIONS", f"{shared.daemon_url}/v1/instances/x", headers=headers)

    assert response.status == 403
    assert not [name for name in response.headers if name.startswith("access-control")]


@pytest.mark.parametrize("content_type", [None, "", "text/plain", "application/jsonp", "*/*"])
@pytest.mark.parametrize("body", [RUN, b""])
def test_body_that_is_not_declared_as_json(
    shared: Sandbox, content_type: str | None, body: bytes
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    response = exchange("POST", f"{shared.daemon_url}/v1/runs", body, headers)

    assert (response.status, response.code) == (415, "unsupported_media_type")


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "application/x+json"])
def test_body_that_is_declared_as_json(shared: Sandbox, content_type: str) -> None:
    url = f"{shared.daemon_url}/v1/runs"

    assert post_json(url, json.loads(RUN), {"Content-Type": content_type}).status == 202


def test_single_allowed_host() -> None:
    with Sandbox(allowed_hosts="sandbox.test", instances=0) as box:
        assert (
            exchange("GET", f"{box.daemon_url}/v1/runs", headers={"Host": "sandbox.test"}).status
            == 200
        )
        assert exchange("GET", f"{box.daemon_url}/v1/runs", headers={"Host": "s"}).status == 403
