"""Transport failures as sentences that hold no secret, whichever library sends."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeGuard

from arp_sdk.core._http.messages import Failure

from .interruptions import from_signal_handler, raised_in

if TYPE_CHECKING:
    from ssl import SSLCertVerificationError

DEADLINE_PASSED = "no response within the deadline"

_NAMES = {
    "BadHttpMessage": "the response is not valid HTTP",
    "BadStatusLine": "the response is not valid HTTP",
    "BrokenPipeError": "the connection was closed",
    "ClientPayloadError": "it ended too early",
    "ConnectionAbortedError": "the connection was closed",
    "ConnectionResetError": "the connection was closed",
    "ContentLengthError": "it ended too early",
    "HTTPException": "the response has too many headers",
    "IncompleteRead": "it ended too early",
    "InvalidChunkLength": "the length of a chunk is not a number",
    "InvalidHeader": "the response has contradictory Content-Length headers",
    "LineTooLong": "a line of the response's head is too long",
    "NameResolutionError": "the host name is unknown",
    "RemoteDisconnected": "closed without a response",
    "ServerDisconnectedError": "closed without a response",
    "TransferEncodingError": "it ended too early",
}

# Of ssl.SSLCertVerificationError.verify_code, as in OpenSSL's x509_vfy.h.
_OUT_OF_DATE = (9, 10)
_OTHER_NAME = (62, 63, 64)
_UNKNOWN_ISSUER = (2, 18, 19, 20, 21)

_CLIENT_CERTIFICATE_REJECTED = frozenset(
    {
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "TLSV13_ALERT_CERTIFICATE_REQUIRED",
        "TLSV1_ALERT_ACCESS_DENIED",
        "TLSV1_ALERT_UNKNOWN_CA",
    }
)
_NOT_TLS = frozenset(
    {
        "HTTP_REQUEST",
        "RECORD_LAYER_FAILURE",
        "UNEXPECTED_EOF_WHILE_READING",
        "WRONG_VERSION_NUMBER",
    }
)

_NO_TLS_HINT = "Check that the service speaks TLS on that port: base_url may need http://."
_PROXY_HINT = "Check proxies=, or the environment's HTTP_PROXY, HTTPS_PROXY and NO_PROXY."
_SIGN_IN_HINT = "Add the user and the password to the proxy's URL, in proxies= or the environment."
_TOO_OLD_HINT = "Check the clock of this machine. If it is right, the certificate must be renewed."
_NAME_HINT = "Use a host name in base_url that the certificate is valid for."
_ISSUER_HINT = (
    "Pass verify= with the path of a CA bundle that has the issuer, or set REQUESTS_CA_BUNDLE."
)
_CLIENT_HINT = "Pass cert= with a client certificate that the service accepts."
_SOCKS_HINT = "Install PySocks: pip install 'requests[socks]'."
_CODING_HINT = "Leave Accept-Encoding out of headers=, or install what decodes it."


def causes_of(error: BaseException) -> list[BaseException]:
    """Return the error and what it wraps, the innermost last.

    Libraries put the inner error into `args` or `reason` as well.
    """
    found: list[BaseException] = []
    queue: list[object] = [error]
    while queue:
        item = queue.pop(0)
        if isinstance(item, BaseException) and not any(item is seen for seen in found):
            found.append(item)
            # Not __context__: the caller may be handling an error of its own.
            queue += [item.__cause__, getattr(item, "reason", None), *item.args]
    return found


def reason(causes: Sequence[BaseException]) -> str:
    """Say why in a few words. An error's own text may hold secrets, and is not used."""
    import ssl

    for cause in reversed(causes):
        if _tells_why(cause):
            return str(cause.verify_message).rstrip(".")
        # aiohttp has subclasses that lack the attributes.
        if isinstance(cause, ssl.SSLError) and getattr(cause, "reason", None):
            return cause.reason.replace("_", " ").lower()
        if isinstance(cause, OSError) and cause.strerror:
            # asyncio has a sentence of its own, with the address in it.
            if cause.errno and cause.strerror.startswith("Connect call failed"):
                return os.strerror(cause.errno)
            return cause.strerror
    for cause in causes:
        if type(cause).__name__ in _NAMES:
            return _NAMES[type(cause).__name__]
    return type(causes[-1]).__name__


def safe_cause(causes: Sequence[BaseException]) -> BaseException | None:
    """Make an exception to chain the SDK's error to: the innermost cause, without secrets.

    It is a new one: the original has a traceback, whose frames hold the credentials, and a text
    of its own.
    """
    for cause in reversed(causes):
        if _tells_why(cause):
            return _safe_certificate_error(cause)
        if isinstance(cause, OSError) and cause.errno and cause.strerror:
            kind = type(cause) if type(cause).__module__ in _PLAIN_MODULES else OSError
            return kind(cause.errno, reason([cause]))
    named = next((cause for cause in causes if type(cause).__name__ in _NAMES), causes[-1])
    text = f"{type(named).__name__}: {reason([named])}"
    if any(isinstance(cause, TimeoutError) for cause in causes):
        return TimeoutError(text)
    return ConnectionError(text)


# Their errors are made of a number and a text.
_PLAIN_MODULES = frozenset({"builtins", "socket", "ssl"})


def _tells_why(cause: BaseException) -> TypeGuard[SSLCertVerificationError]:
    import ssl

    return isinstance(cause, ssl.SSLCertVerificationError) and hasattr(cause, "verify_message")


def _safe_certificate_error(cause: SSLCertVerificationError) -> BaseException:
    import ssl

    copy = ssl.SSLCertVerificationError(1, f"certificate verify failed: {cause.verify_message}")
    copy.verify_code, copy.verify_message = cause.verify_code, cause.verify_message
    return copy


def without_tracebacks(error: BaseException) -> BaseException:
    """Return an error that is not the transport's, to be raised on as it is.

    A mock, a hook or a signal handler raised it. The tracebacks go, its own and those of the
    errors that it is chained to: they run through frames that hold the credentials.
    """
    queue: list[BaseException | None] = [error]
    seen: list[BaseException] = []
    while queue:
        item = queue.pop()
        if item is not None and not any(item is one for one in seen):
            seen.append(item)
            item.__traceback__ = None
            queue += [item.__cause__, item.__context__]
    return error


def foreign_error(
    error: BaseException,
    of_transport: tuple[type[BaseException], ...],
    described: tuple[type[BaseException], ...],
    modules: tuple[str, ...],
    in_body: bool,
) -> BaseException | None:
    """Return the error to raise in place of this one if the transport did not cause it, or None.

    A mock, a tracer, a hook or a middleware raised it, or the handler of a signal. It has no
    traceback any more. Only the transport raises errors `of_transport`; those that are `described`
    are the transport's if they come from one of its `modules`, named by their beginnings.
    """
    interruption = from_signal_handler(causes_of(error))
    if interruption is not None:
        return without_tracebacks(interruption)
    if isinstance(error, of_transport):
        return None
    module, _ = raised_in(error)
    if isinstance(error, described) and module.startswith(modules):
        return None
    # Libraries raise a ValueError for a chunk of a negative size.
    return None if in_body and isinstance(error, ValueError) else without_tracebacks(error)


def unusable(causes: Sequence[BaseException], proxy: str | None = None) -> Failure:
    """Report that nothing can be sent with these settings."""
    names = {type(cause).__name__ for cause in causes}
    if any("SOCKS" in str(cause) for cause in causes if type(cause).__name__ == "InvalidSchema"):
        what, hint = f"the SOCKS proxy{_named(proxy)} needs PySocks", _SOCKS_HINT
    elif names & {"InvalidProxyURL", "ProxySchemeUnknown", "ProxySchemeUnsupported"}:
        what, hint = "the URL of the proxy cannot be used", _PROXY_HINT
    else:
        what, hint = f"the URL, proxy or certificates cannot be used: {reason(causes)}", None
    return Failure("connection", what, sent=False, final=True, cause=safe_cause(causes), hint=hint)


def files_unusable(what: str, cause: OSError) -> Failure:
    """Report a CA bundle, client certificate or key that cannot be loaded."""
    hint = "Check verify= and cert=, or REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE."
    return Failure("connection", what, sent=False, final=True, cause=cause, hint=hint)


def tls_failed(causes: Sequence[BaseException], proxy: str | None = None) -> Failure:
    """Report that the certificate of the service, or of the proxy, was rejected."""
    codes = [cause.verify_code for cause in causes if _tells_why(cause)]
    hint = None
    if any(code in _OUT_OF_DATE for code in codes):
        hint = _TOO_OLD_HINT
    elif any(code in _OTHER_NAME for code in codes):
        hint = _NAME_HINT
    elif any(code in _UNKNOWN_ISSUER for code in codes):
        hint = _ISSUER_HINT
    whose = f"the certificate of the proxy{_named(proxy)}" if proxy else "the certificate"
    what = f"{whose} was rejected: {reason(causes)}"
    return Failure("connection", what, sent=False, final=True, cause=safe_cause(causes), hint=hint)


def too_slow(
    deadline: float, sent: bool, status_code: int | None, proxy: str | None = None
) -> Failure:
    """Report a timeout, or the end of the whole call's deadline."""
    cause = TimeoutError("timed out")
    if time.monotonic() >= deadline:
        return Failure("deadline", DEADLINE_PASSED, sent=sent, cause=cause)
    what = f"no connection to the proxy{_named(proxy)}" if proxy else "no connection"
    if sent:
        what = "no response" if status_code is None else "no more of the response"
    return Failure(
        "timeout",
        f"{what} within the timeout",
        sent=sent,
        status_code=status_code,
        cause=cause,
        hint=_PROXY_HINT if proxy and not sent else None,
    )


def badly_compressed(status_code: int | None) -> Failure:
    """Report a body that is not encoded as its Content-Encoding says."""
    what = "the body is not encoded as its Content-Encoding says"
    return Failure("protocol", what, sent=True, final=True, status_code=status_code)


def undecodable(encoding: str, status_code: int) -> Failure:
    """Report a body whose Content-Encoding nothing that is installed can decode."""
    shown = encoding[:100].encode("unicode_escape").decode("ascii")
    what = f"the body has the Content-Encoding {shown!r}, which no installed library can decode"
    return Failure(
        "protocol", what, sent=True, final=True, status_code=status_code, hint=_CODING_HINT
    )


def too_large(limit: int, status_code: int) -> Failure:
    """Report a body that is larger than the client accepts."""
    what = f"the response exceeds max_response_bytes ({limit})"
    return Failure("too_large", what, sent=True, status_code=status_code)


def proxy_responded(status_code: int, proxy: str | None) -> Failure:
    """Report that the proxy refused to pass the request on."""
    try:
        phrase = f" {HTTPStatus(status_code).phrase}"
    except ValueError:
        phrase = ""
    what = f"proxy{_named(proxy)} responded {status_code}{phrase}"
    return Failure(
        "connection",
        what,
        sent=False,
        # A proxy that is busy may not be so a moment later.
        final=400 <= status_code < 500,
        cause=ConnectionError(what),
        hint=_SIGN_IN_HINT if status_code == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED else None,
    )


def unreachable(causes: Sequence[BaseException], proxy: str | None = None) -> Failure:
    """Report that there is no connection to the service, or to the proxy if one is named."""
    import ssl

    if rejected := _client_certificate_rejected(causes):
        return rejected
    where = f"cannot connect to the proxy{_named(proxy)}" if proxy else "cannot connect"
    hint = _PROXY_HINT if proxy else None
    of_tls = [cause for cause in causes if isinstance(cause, ssl.SSLError)]
    if of_tls and any(getattr(cause, "reason", None) in _NOT_TLS for cause in of_tls):
        hint = hint or _NO_TLS_HINT
    return Failure(
        "connection",
        f"{where}: {reason(causes)}",
        sent=False,
        cause=safe_cause(causes),
        hint=hint,
    )


def broken(causes: Sequence[BaseException], status_code: int | None) -> Failure:
    """Report that the connection broke after the request was sent, or a part of it."""
    if rejected := _client_certificate_rejected(causes):
        return rejected
    where = "before the response" if status_code is None else "in the middle of the response"
    what = f"the connection broke {where}: {reason(causes)}"
    return Failure("connection", what, sent=True, status_code=status_code, cause=safe_cause(causes))


def _client_certificate_rejected(causes: Sequence[BaseException]) -> Failure | None:
    import ssl

    # With TLS 1.3 the alert comes after the handshake, but before the request was read.
    for cause in causes:
        if (
            isinstance(cause, ssl.SSLError)
            and getattr(cause, "reason", None) in _CLIENT_CERTIFICATE_REJECTED
        ):
            what = f"the service rejected the client certificate: {reason([cause])}"
            error = safe_cause([cause])
            return Failure("connection", what, False, final=True, cause=error, hint=_CLIENT_HINT)
    return None


def _named(proxy: str | None) -> str:
    return f" {proxy}" if proxy else ""
