"""Turns errors of aiohttp into failures: was the request sent, is another attempt worth it?"""

from __future__ import annotations

import asyncio
import ssl

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError, HttpProcessingError
from urllib3.exceptions import DecodeError

from arp_sdk.core._http.messages import Failure
from arp_sdk.core._transport.certificates import CertificateFileError
from arp_sdk.core._transport.failures import (
    badly_compressed,
    broken,
    causes_of,
    files_unusable,
    foreign_error,
    proxy_responded,
    tls_failed,
    too_slow,
    undecodable,
    unreachable,
    unusable,
)

_OF_THE_TRANSPORT = (
    aiohttp.ClientError,
    HttpProcessingError,
    OSError,
    asyncio.TimeoutError,
    ContentEncodingError,
    DecodeError,
    UnicodeError,
)
_DESCRIBED = (ValueError, RuntimeError)
# Modules whose ValueError is about what they were given, and RuntimeError about a connection or a
# session that somebody has closed.
_MODULES = ("aiohttp", "aiohappyeyeballs", "asyncio", "yarl", "multidict", "ssl", "idna")
_WRAPPERS = (aiohttp.ClientConnectorSSLError, aiohttp.ClientConnectorCertificateError)
_UNUSABLE = (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, UnicodeError)
_NO_CONNECTION = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
)
_BADLY_COMPRESSED = (ContentEncodingError, DecodeError)
_TIMEOUTS = (asyncio.TimeoutError, TimeoutError)


def not_of_the_transport(error: Exception, in_body: bool) -> BaseException | None:
    """Return the error to raise in place of this one if the transport did not cause it, or None."""
    return foreign_error(error, _OF_THE_TRANSPORT, _DESCRIBED, _MODULES, in_body)


def failure_of(
    error: Exception,
    deadline: float,
    connected: bool,
    status_code: int | None = None,
    proxy: str | None = None,
) -> Failure:
    """Classify an error of aiohttp or the socket, whose own text may hold secrets.

    There is a status code if the head of a response had arrived.
    """
    causes = causes_of(error)
    at_proxy = proxy if _is_at(proxy, causes) else None
    # These wrap the error of `ssl`, and have its class, but not its attributes.
    causes = [cause for cause in causes if not isinstance(cause, _WRAPPERS)] or causes
    for cause in causes:
        if isinstance(cause, CertificateFileError):
            return files_unusable(cause.message, cause.cause)
        if isinstance(cause, aiohttp.ClientHttpProxyError):
            return proxy_responded(cause.status, proxy)
    if any(isinstance(cause, _UNUSABLE) for cause in causes) or type(error) is OSError:
        return unusable(causes, proxy)
    if isinstance(error, ValueError) and status_code is None and not isinstance(error, OSError):
        return unusable(causes, proxy)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return tls_failed(causes, at_proxy)
    sent = connected and not any(isinstance(cause, _NO_CONNECTION) for cause in causes)
    if any(isinstance(cause, _TIMEOUTS) for cause in causes):
        return too_slow(deadline, sent, status_code, proxy)
    for cause in causes:
        # It looks for the decoder of a stream's body before it hands over the head.
        if isinstance(cause, ContentEncodingError) and "content-encoding:" in cause.message:
            return undecodable("br" if "(br)" in cause.message else "zstd", 200)
    if any(isinstance(cause, _BADLY_COMPRESSED) for cause in causes):
        return badly_compressed(status_code)
    return broken(causes, status_code) if sent else unreachable(causes, at_proxy)


def _is_at(proxy: str | None, causes: list[BaseException]) -> bool:
    """Tell whether the connection that failed is the one to the proxy."""
    for cause in causes:
        if isinstance(cause, aiohttp.ClientConnectorError):
            host = f"[{cause.host}]" if ":" in cause.host else cause.host
            return f"{host}:{cause.port}" == proxy
    return False
