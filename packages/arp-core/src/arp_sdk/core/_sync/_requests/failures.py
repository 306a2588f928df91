"""What an error of requests means for the request: did it leave, is another try worth it?"""

from __future__ import annotations

import socket
import ssl

import requests
import urllib3.exceptions as u3

from arp_sdk.core._http.messages import Failure
from arp_sdk.core._transport.failures import (
    badly_compressed,
    broken,
    causes_of,
    tls_failed,
    too_slow,
    unknown,
    unreachable,
    unusable,
)

_UNUSABLE = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidProxyURL,
    u3.LocationValueError,
    UnicodeError,
)


def failure_of(error: Exception, deadline: float, status_code: int | None = None) -> Failure:
    """Classify an error of requests, urllib3 or the socket. Its own text may hold secrets."""
    causes = causes_of(error)
    in_body = status_code is not None
    if not in_body and not isinstance(error, (requests.RequestException, u3.HTTPError, OSError)):
        return unknown(error)
    if any(isinstance(cause, _UNUSABLE) for cause in causes) or type(error) is OSError:
        return unusable(causes)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return tls_failed(causes)
    sent = not _never_connected(causes)
    if _is_timeout(causes):
        return too_slow(deadline, sent, status_code)
    if any(isinstance(cause, u3.DecodeError) for cause in causes):
        return badly_compressed(status_code)
    return broken(causes, status_code) if sent else unreachable(causes)


def _never_connected(causes: list[BaseException]) -> bool:
    return any(isinstance(cause, _NO_CONNECTION) or _is_refused_tunnel(cause) for cause in causes)


def _is_refused_tunnel(cause: BaseException) -> bool:
    """Whether a proxy refused to connect to the service (`http.client` has no class for it)."""
    return type(cause) is OSError and str(cause).startswith("Tunnel connection failed")


_NO_CONNECTION = (
    requests.exceptions.ConnectTimeout,
    u3.NewConnectionError,
    u3.ConnectTimeoutError,
    ssl.SSLCertVerificationError,
    ConnectionRefusedError,
    socket.gaierror,
)


def _is_timeout(causes: list[BaseException]) -> bool:
    kinds = (requests.Timeout, u3.TimeoutError, TimeoutError)
    return any(
        isinstance(cause, kinds) and not isinstance(cause, u3.NewConnectionError)
        for cause in causes
    )
