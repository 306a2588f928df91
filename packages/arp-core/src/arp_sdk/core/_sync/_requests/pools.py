"""Sending by the pools of `requests`, without the work of a session for each request.

`Session.send` takes as long again as the exchange: it looks for cookies, redirects and hooks,
which the clients do not use. A session still chooses proxies, certificates and pools, once for
each origin.
"""

from __future__ import annotations

from typing import Any

import msgspec
import urllib3

from arp_sdk.core._http.messages import HttpRequest
from arp_sdk.core._http.urls import origin_length
from arp_sdk.core._transport.prepared import prepare

from .adapters import SslAdapter

_NO_RETRIES = urllib3.Retry(False, redirect=False)


class Route(msgspec.Struct, frozen=True):
    """The way to an origin.

    Attributes:
        start: Index in a URL of the part that a request names: 0 for a proxy, which needs all.
    """

    pool: urllib3.HTTPConnectionPool
    start: int


def route_to(request: HttpRequest, adapter: SslAdapter, settings: dict[str, Any]) -> Route:
    """Return the way to a request's origin, as a session would choose it."""
    prepared = prepare(request)
    pool = adapter.get_connection_with_tls_context(
        prepared, settings["verify"], proxies=settings["proxies"], cert=settings["cert"]
    )
    adapter.cert_verify(pool, request.url, settings["verify"], settings["cert"])
    target = adapter.request_url(prepared, settings["proxies"])
    return Route(pool, origin_length(request.url) if target.startswith("/") else 0)


def send_by(
    route: Route, request: HttpRequest, headers: Any, timeout: urllib3.Timeout
) -> urllib3.BaseHTTPResponse:
    """Send a request and read the head of its response."""
    return route.pool.urlopen(
        request.method,
        request.url[route.start :],
        body=request.body,
        headers=headers,
        redirect=False,
        retries=_NO_RETRIES,
        assert_same_host=False,
        preload_content=False,
        decode_content=False,
        timeout=timeout,
    )
