"""Turns errors of aiohttp into failures: was the request sent, is another attempt worth it?"""

from __future__ import annotations

import asyncio
import ssl

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError
from urllib3.exceptions import DecodeError

from arp_sdk.core._http.messages import Failure
from arp_sdk.core._transport.failures import (
    badly_compressed,
    broken,
    causes_of,
    proxy_responded,
    tls_failed,
    too_slow,
    unknown,
    unreachable,
    unusable,
)

_OF_THE_TRANSPORT = (aiohttp.ClientError, OSError, asyncio.TimeoutError)
_UNUSABLE = (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, UnicodeError)
_NO_CONNECTION = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
)
_BADLY_COMPRESSED = (ContentEncodingError, DecodeError)
_TIMEOUTS = (asyncio.TimeoutError, TimeoutError)


def failure_of(
    error: Exception,
    deadline: float,
    connected: bool,
    status_code: int | None = None,
    proxy: str | None = None,
) -> Failure:
    """Classify an error of aiohttp or the socket, whose own text may hold secrets.

    Args:
        error: The error.
        deadline: The end of the call, by `time.monotonic()`.
        connected: Whether there was a connection.
        status_code: The status, if the head of a response had arrived.
        proxy: Host and port of the proxy, or None.
    """
    causes = causes_of(error)
    if status_code is None and not isinstance(error, _OF_THE_TRANSPORT):
        return unknown(error)
    for cause in causes:
        if isinstance(cause, aiohttp.ClientHttpProxyError):
            return proxy_responded(cause.status, proxy)
    if any(isinstance(cause, _UNUSABLE) for cause in causes) or type(error) is OSError:
        return unusable(causes, proxy)
    at_proxy = proxy if _is_at(proxy, causes) else None
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return tls_failed(causes, at_proxy)
    sent = connected and not any(isinstance(cause, _NO_CONNECTION) for cause in causes)
    if any(isinstance(cause, _TIMEOUTS) for cause in causes):
        return too_slow(deadline, sent, status_code, proxy)
    if any(isinstance(cause, _BADLY_COMPRESSED) for cause in causes):
        return badly_compressed(status_code)
    return broken(causes, status_code) if sent else unreachable(causes, at_proxy)


def _is_at(proxy: str | None, causes: list[BaseException]) -> bool:
    """Tell whether the connection that failed is the one to the proxy."""
    return proxy is not None and any(
        isinstance(cause, aiohttp.ClientConnectorError) and f"{cause.host}:{cause.port}" == proxy
        for cause in causes
    )
