"""Sending by the pools of `requests`, without what a session adds to each request.

`Session.send` takes as long again as the exchange: it looks for cookies, redirects and hooks,
which the clients have no use for. Proxies, certificates and pools are still those that a session
chooses, once for each origin.
"""

from __future__ import annotations

from functools import lru_cache
from types import FunctionType
from typing import Any

import msgspec
import requests.adapters
import requests.sessions
import urllib3
from requests.adapters import HTTPAdapter

from arp_sdk.core._http.messages import HttpRequest
from arp_sdk.core._http.urls import origin_length
from arp_sdk.core._transport.prepared import prepare

from .sockets import Adapter

_NEVER_AGAIN = urllib3.Retry(False, redirect=False)


def is_watched() -> bool:
    """Whether somebody put themselves in between: mocks and tracers replace one of these."""
    # What was there first is not known: this may be imported when it has been replaced already.
    return not (
        _is_of(requests.Session.send, "requests.sessions")
        and _is_of(HTTPAdapter.send, "requests.adapters")
    )


@lru_cache(maxsize=8)
def _is_of(function: object, module: str) -> bool:
    return isinstance(function, FunctionType) and function.__globals__["__name__"] == module


class Route(msgspec.Struct, frozen=True):
    """The way to an origin.

    Attributes:
        pool: The connections.
        start: Where in a URL that begins which a request names: 0 where a proxy wants all of it.
    """

    pool: urllib3.HTTPConnectionPool
    start: int


def route_to(request: HttpRequest, session: requests.Session, settings: dict[str, Any]) -> Route:
    """The way to a request's origin, as a session would choose it.

    Raises:
        OSError: If a file of certificates is not there.
    """
    adapter = session.get_adapter(request.url)
    assert isinstance(adapter, Adapter)  # noqa: S101  # the session is of the SDK's making
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
    """Send a request and read the answer's head.

    Raises:
        urllib3.exceptions.HTTPError: If none comes.
    """
    return route.pool.urlopen(
        request.method,
        request.url[route.start :],
        body=request.body,
        headers=headers,
        redirect=False,
        retries=_NEVER_AGAIN,
        assert_same_host=False,
        preload_content=False,
        decode_content=False,
        timeout=timeout,
    )
