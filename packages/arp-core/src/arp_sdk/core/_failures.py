"""What a transport error means for the request: did it leave, and is another try worth it?"""

from __future__ import annotations

import socket
import ssl
import time

import requests
import urllib3.exceptions as u3

from ._retry import Failure

_UNUSABLE = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidProxyURL,
    u3.LocationValueError,
    UnicodeError,
)
DEADLINE_PASSED = "no answer within the deadline"


def failure_of(error: Exception, deadline: float, status_code: int | None = None) -> Failure:
    """Classify an error of requests, urllib3 or the socket. Its own text may hold secrets."""
    causes = _causes(error)
    in_body = status_code is not None
    if not in_body and not isinstance(error, (requests.RequestException, u3.HTTPError, OSError)):
        # What requests, an auth object or a hook of the user's raised; its text may be a secret.
        return Failure("protocol", f"{type(error).__name__} in the transport", True, final=True)
    if any(isinstance(cause, _UNUSABLE) for cause in causes) or type(error) is OSError:
        what = f"the URL, proxy or certificates cannot be used: {_reason(causes)}"
        return Failure("connection", what, sent=False, final=True)
    sent = not _never_connected(causes)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Failure("connection", f"TLS failed: {_reason(causes)}", sent=False, final=True)
    if _is_timeout(causes):
        if time.monotonic() >= deadline:
            return Failure("deadline", DEADLINE_PASSED, sent=sent)
        what = (
            "no connection"
            if not sent
            else "no answer"
            if status_code is None
            else "no more of the answer"
        )
        return Failure("timeout", f"{what} within the timeout", sent=sent, status_code=status_code)
    if any(isinstance(cause, u3.DecodeError) for cause in causes):
        return Failure(
            "protocol",
            "the body is not compressed as its Content-Encoding says",
            sent=True,
            final=True,
            status_code=status_code,
        )
    if not sent:
        return Failure("connection", f"cannot connect: {_reason(causes)}", sent=False)
    what = "before the answer" if status_code is None else "in the middle of the answer"
    return Failure(
        "connection",
        f"the connection broke {what}: {_reason(causes)}",
        sent=True,
        status_code=status_code,
    )


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what it wraps: requests and urllib3 put the inner one in `args` or `reason`."""
    found: list[BaseException] = []
    queue: list[object] = [error]
    while queue:
        item = queue.pop(0)
        if isinstance(item, BaseException) and not any(item is seen for seen in found):
            found.append(item)
            # Not __context__: it may be an error of the caller's, who calls us to get over it.
            queue += [item.__cause__, getattr(item, "reason", None), *item.args]
    return found


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


def _reason(causes: list[BaseException]) -> str:
    for cause in reversed(causes):
        if isinstance(cause, ssl.SSLError) and cause.reason:
            return cause.reason.replace("_", " ").lower()
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    names = {
        "RemoteDisconnected": "closed without an answer",
        "BadStatusLine": "what came is not HTTP",
        "IncompleteRead": "it ended too early",
        "NameResolutionError": "the host name is unknown",
    }
    for cause in causes:
        if type(cause).__name__ in names:
            return names[type(cause).__name__]
    return type(causes[-1]).__name__
