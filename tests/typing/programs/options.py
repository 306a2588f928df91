"""Every option, in the constructor and in `with_options`."""

from __future__ import annotations

import requests
from requests.auth import HTTPDigestAuth
from typing_extensions import assert_type

from arp_sdk.core import (
    ApiKey,
    Auth,
    Client,
    HttpRequest,
    HttpResponse,
    Options,
    Retries,
    Timeout,
    TokenProvider,
)
from arp_sdk.daemon import DaemonClient
from arp_sdk.runtime import RuntimeClient


def trace_header(request: HttpRequest) -> None:
    request.headers["traceparent"] = "00-0-0-01"


def note(request: HttpRequest, response: HttpResponse) -> None:
    assert_type(response.status_code, int)
    assert_type(response.elapsed, float)
    assert_type(request.operation, str)


def token() -> str:
    return "a token"


provider: TokenProvider = token
credentials: list[Auth] = [
    "a token",
    token,
    lambda: "a token",
    ApiKey("a key"),
    ApiKey("a key", header="X-Key"),
    ("user", "password"),
    HTTPDigestAuth("user", "password"),
]


def every_option(session: requests.Session) -> DaemonClient:
    return DaemonClient(
        "http://127.0.0.1:8000",
        auth=credentials[0],
        timeout=(5, 30.0),
        deadline=60,
        retries=Retries(limit=5, backoff=0.1, statuses=frozenset({429, 503})),
        headers={"X-Team": "search"},
        idempotent=True,
        max_response_bytes=1024 * 1024,
        allow_cross_origin_redirects=False,
        verify="/etc/ssl/ca.pem",
        cert=("client.pem", "client.key"),
        proxies={"https": "http://127.0.0.1:3128"},
        session=session,
        log_bodies=False,
        on_request=trace_header,
        on_response=note,
        pickle_secrets=False,
    )


def copies(client: RuntimeClient) -> RuntimeClient:
    patient = client.with_options(
        auth=token,
        timeout=Timeout(connect=1.0, read=600.0),
        deadline=900.0,
        retries=0,
        headers={"X-Request-Id": "1"},
        idempotent=False,
        max_response_bytes=1024,
        allow_cross_origin_redirects=True,
        log_bodies=True,
        on_request=trace_header,
        on_response=note,
        pickle_secrets=True,
    )
    assert_type(patient, RuntimeClient)
    assert_type(patient.options, Options)
    assert_type(patient.options.timeout, Timeout)
    assert_type(patient.options.retries.statuses, frozenset[int])
    assert_type(patient.base_url, str)
    return patient


def close_all(clients: list[Client]) -> None:
    for client in clients:
        client.close()


close_all([DaemonClient("http://127.0.0.1:8000", timeout=3), RuntimeClient(verify=False)])
