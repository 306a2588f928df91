"""The errors that failed attempts and error responses become."""

from __future__ import annotations

from arp_sdk.core._auth import Credentials
from arp_sdk.core._http.headers import request_id, retry_after
from arp_sdk.core._http.messages import Failure, HttpRequest, HttpResponse
from arp_sdk.core._http.redaction import RedactedHeaders, public, without_secrets
from arp_sdk.core._http.urls import host_and_port
from arp_sdk.errors import (
    ArpApiError,
    ArpConnectionError,
    ArpDecodeError,
    ArpError,
    ArpResponseTooLargeError,
    ArpTimeoutError,
    RequestInfo,
)

from .effects import Call
from .error_body import error_fields, phrase

_HINTS = {
    401: "Pass auth= with a token, or set ARP_TOKEN.",
    403: "The credentials are valid but do not permit this.",
    404: "Check the id, and that base_url is the right service's.",
    405: "Check that base_url is the right service's.",
    429: "Send fewer requests, or raise retries=. `retry_after` says how long to wait.",
}
_FAILED = "The service failed. Its log may say why: look for the request id, if there is one."
_TLS = " If that port speaks TLS, base_url needs https://."
LARGER = "Raise max_response_bytes= if a response of that size is expected."


def failure_error(call: Call, request: HttpRequest, failure: Failure) -> ArpError:
    """Return the error for an attempt that brought no response."""
    about = request_info(call, request)
    if failure.kind == "too_large":
        return ArpResponseTooLargeError(
            failure.message,
            subject="response",
            status_code=failure.status_code,
            request=about,
            hint=LARGER,
        )
    if failure.kind == "protocol":
        return ArpDecodeError(
            failure.message,
            subject="response",
            status_code=failure.status_code,
            request=about,
            hint=failure.hint,
        )
    hint = "" if failure.final else "Check that the service is up and that base_url is right."
    if failure.sent and not call.operation.idempotent:
        hint = "The request may have taken effect."
    broke = failure.kind == "connection" and failure.sent and failure.status_code is None
    if hint and broke and request.url.startswith("http:"):
        hint += _TLS
    hint = failure.hint or hint
    kind = ArpConnectionError if failure.kind == "connection" else ArpTimeoutError
    error = kind(failure.message, sent=failure.sent, request=about, hint=hint or None)
    error.__cause__ = failure.cause
    return error


def api_error(call: Call, request: HttpRequest, response: HttpResponse) -> ArpApiError:
    """Return the error for a response with an error status, whatever its body."""
    status = response.status_code
    fields = error_fields(response)
    return ArpApiError(
        fields.pop("code", None) or f"http_{status}",
        fields.pop("message", None) or phrase(status),
        status_code=status,
        headers=RedactedHeaders(public(response.headers)),
        raw=response.body,
        retry_after=retry_after(response),
        request=request_info(call, request, response),
        hint=_hint(call, status),
        **fields,
    )


def _hint(call: Call, status: int) -> str | None:
    if status in (401, 403) and not call.own_origin:
        return f"Pass worker_auth= with credentials for {host_and_port(call.base_url)}."
    if status == 401 and type(call.credentials) is not Credentials:
        return "The service rejects the credentials that were sent: check auth= or ARP_TOKEN."
    return _HINTS.get(status, _FAILED if status >= 500 else None)


def request_info(
    call: Call, request: HttpRequest, response: HttpResponse | None = None
) -> RequestInfo:
    """Return the facts of a request that every error carries."""
    return RequestInfo(
        request.method,
        without_secrets(request.url),
        call.attempts,
        call.effect_id,
        None if response is None else request_id(response.headers),
        call.clock() - call.started,
    )
