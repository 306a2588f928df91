"""The meaning of an error of requests: was the request sent, is another attempt worth it?"""

from __future__ import annotations

import http.client
import re
import socket
import ssl

import requests
import urllib3.exceptions as u3

from arp_sdk.core._http.messages import Failure
from arp_sdk.core._transport.certificates import CertificateFileError
from arp_sdk.core._transport.failures import (
    badly_compressed,
    broken,
    causes_of,
    files_unusable,
    foreign_error,
    proxy_responded,
    reason,
    tls_failed,
    too_slow,
    unreachable,
    unusable,
)
from arp_sdk.core._transport.interruptions import passed_through, raised_in

_UNUSABLE = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidProxyURL,
    u3.LocationValueError,
    UnicodeError,
)
_OF_THE_TRANSPORT = (
    requests.RequestException,
    u3.HTTPError,
    http.client.HTTPException,
    OSError,
    UnicodeError,
)
# Modules whose ValueError is about what they were given, and AttributeError about a connection
# that another thread has closed.
_MODULES = ("http.client", "requests", "urllib3", "ssl", "socket", "idna", "encodings")
_CONNECTING = ("urllib3.", "arp_sdk.core._sync._requests.")

_NO_CONNECTION = (
    requests.exceptions.ConnectTimeout,
    u3.NewConnectionError,
    u3.ConnectTimeoutError,
    ssl.SSLCertVerificationError,
    ConnectionRefusedError,
    socket.gaierror,
)


def not_of_the_transport(error: BaseException, in_body: bool = False) -> BaseException | None:
    """Return the error to raise in place of this one if the transport did not cause it, or None."""
    described = (ValueError, AttributeError)
    return foreign_error(error, _OF_THE_TRANSPORT, described, _MODULES, in_body)


def failure_of(
    error: BaseException,
    deadline: float,
    status_code: int | None = None,
    proxy: str | None = None,
) -> Failure:
    """Classify an error of requests, urllib3 or the socket. Its own text may hold secrets.

    There is a status code if the head of a response had arrived.
    """
    causes = causes_of(error)
    in_body = status_code is not None
    for cause in causes:
        if isinstance(cause, CertificateFileError):
            return files_unusable(cause.message, cause.cause)
        if refusal := _refused_tunnel(cause):
            return proxy_responded(refusal, proxy)
        if _cannot_load_files(cause):
            what = f"the CA bundle or client certificate cannot be loaded: {reason([cause])}"
            return files_unusable(what, OSError(reason([cause])))
    # requests reports a missing file by an OSError without a number.
    if any(isinstance(cause, _UNUSABLE) for cause in causes) or type(error) is OSError:
        return unusable(causes, proxy)
    if isinstance(error, ValueError) and not in_body and not isinstance(error, OSError):
        return unusable(causes, proxy)
    proxy = proxy if _is_about_proxy(causes) else None
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return tls_failed(causes, proxy)
    sent = in_body or not _never_connected(causes)
    if _is_timeout(causes):
        return too_slow(deadline, sent, status_code, proxy)
    if any(isinstance(cause, u3.DecodeError) for cause in causes):
        return badly_compressed(status_code)
    return broken(causes, status_code) if sent else unreachable(causes, proxy)


def _never_connected(causes: list[BaseException]) -> bool:
    # A TLS handshake and a tunnel are a part of connecting: the request is sent after them.
    return any(isinstance(cause, _NO_CONNECTION) for cause in causes) or passed_through(
        causes, _CONNECTING, "connect"
    )


def _is_about_proxy(causes: list[BaseException]) -> bool:
    kinds = (u3.ProxyError, requests.exceptions.ProxyError)
    return any(isinstance(cause, kinds) for cause in causes) or passed_through(
        causes, ("urllib3.", "http.client"), "_tunnel"
    )


def _refused_tunnel(cause: BaseException) -> int | None:
    """Return the status by which a proxy refused a tunnel: `http.client` has no class for it."""
    found = (
        re.match(r"Tunnel connection failed: (\d{3})", str(cause))
        if type(cause) is OSError
        else None
    )
    return int(found[1]) if found else None


def _cannot_load_files(cause: BaseException) -> bool:
    """Return whether urllib3 failed to load a file, which it does before the handshake."""
    return isinstance(cause, OSError) and raised_in(cause) == (
        "urllib3.util.ssl_",
        "ssl_wrap_socket",
    )


def _is_timeout(causes: list[BaseException]) -> bool:
    kinds = (requests.Timeout, u3.TimeoutError, TimeoutError)
    return any(
        isinstance(cause, kinds) and not isinstance(cause, u3.NewConnectionError)
        for cause in causes
    )
