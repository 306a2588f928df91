"""One small call over a connection that is kept open."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from harness.row import Row, Subject, Target

Work = Callable[[], Any]


def sdk(url: str) -> Work:
    from arp_sdk.daemon import DaemonClient

    def hook(*_: object) -> None:
        pass

    client = DaemonClient(url, auth="a-token", on_request=hook, on_response=hook)
    return client.health


def peer(url: str) -> Work:
    from arp_sdk.daemon import DaemonClient

    return DaemonClient(url).health


def requests(url: str) -> Work:
    import requests

    session = requests.Session()
    return lambda: session.get(f"{url}/v1/health").json()


def niquests(url: str) -> Work:
    import niquests

    session = niquests.Session()
    return lambda: session.get(f"{url}/v1/health").json()


def httpx(url: str) -> Work:
    import httpx

    client = httpx.Client()
    return lambda: client.get(f"{url}/v1/health").json()


def urllib3(url: str) -> Work:
    import msgspec
    import urllib3

    class Health(msgspec.Struct):
        status: str
        time: str

    pool, decoder = urllib3.PoolManager(), msgspec.json.Decoder(Health)
    return lambda: decoder.decode(pool.request("GET", f"{url}/v1/health").data)


def http_client(url: str) -> Work:
    from http.client import HTTPConnection

    connection = HTTPConnection(url.removeprefix("http://"))

    def call() -> Any:
        connection.request("GET", "/v1/health")
        return json.loads(connection.getresponse().read())

    return call


ROWS = [
    Row(
        "One call",
        "calls",
        [
            Subject("health() of the SDK", "sdk", sdk),
            Subject("health() of the peer", "peer", peer),
            Subject("requests.Session", "requests", requests),
            Subject("urllib3 and msgspec", "urllib3", urllib3),
            Subject("httpx.Client", "httpx", httpx),
            Subject("niquests.Session", "niquests", niquests),
            Subject("http.client and json", "bare", http_client),
        ],
        [
            Target("health() of the SDK", "at most", 0.60, "health() of the peer"),
            Target("health() of the SDK", "at most", 0.42, "requests.Session"),
            Target("health() of the SDK", "at most", 1.15, "urllib3 and msgspec"),
        ],
        note="The SDK uses retries, hooks, limits, a token and redaction. `wall` includes the "
        "time of the server.",
        rounds=45,
    )
]
