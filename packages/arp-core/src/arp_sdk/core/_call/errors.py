from __future__ import annotations

import re
from typing import Any

import msgspec

from arp_sdk.core._http.headers import retry_after
from arp_sdk.core._http.messages import Failure, HttpRequest, HttpResponse
from arp_sdk.core._http.redaction import RedactedHeaders, public, without_secrets
from arp_sdk.errors import (
    ArpApiError,
    ArpConnectionError,
    ArpDecodeError,
    ArpError,
    ArpResponseTooLargeError,
    ArpTimeoutError,
    RequestInfo,
)


def failure_error(
    request: HttpRequest, failure: Failure, attempts: int, effect_id: str | None = None
) -> ArpError:
    """The error that a failed attempt means."""
    about = info(request, attempts, effect_id)
    if failure.kind == "too_large":
        return ArpResponseTooLargeError(
            failure.message,
            subject="response",
            status_code=failure.status_code,
            request=about,
            hint="Raise max_response_bytes= if an answer of that size is expected.",
        )
    if failure.kind == "protocol":
        return ArpDecodeError(
            failure.message,
            subject="response",
            status_code=failure.status_code,
            request=about,
            hint=failure.hint,
        )
    hint: str | None = "Check that the service is up and that base_url is right."
    if failure.sent or failure.final:
        hint = "The request may have taken effect." if failure.sent else None
    kind = ArpConnectionError if failure.kind == "connection" else ArpTimeoutError
    error = kind(failure.message, sent=failure.sent, request=about, hint=failure.hint or hint)
    error.__cause__ = failure.cause
    return error


_HINTS = {
    401: "Pass auth= with a valid token, or set ARP_TOKEN.",
    403: "The credentials are valid but do not permit this.",
    404: "Check the id, and that base_url is the right service's.",
    405: "Check that base_url is the right service's.",
    429: "Send less, or raise retries=; `retry_after` says how long to wait.",
}


_INVISIBLE = re.compile(r"<(script|style)\b.*?</\1>|<!--.*?-->|<[^>]*>", re.S | re.I)


_MAX_ERROR_DEPTH = 100


def api_error(
    request: HttpRequest, response: HttpResponse, attempts: int = 1, effect_id: str | None = None
) -> ArpApiError:
    """The error that an answer means, whatever its body."""
    status = response.status_code
    fields = _error_fields(response)
    return ArpApiError(
        fields.pop("code", None) or f"http_{status}",
        fields.pop("message", None) or _phrase(status),
        status_code=status,
        headers=RedactedHeaders(public(response.headers)),
        raw=response.body,
        retry_after=retry_after(response),
        request=info(request, attempts, effect_id),
        hint=_HINTS.get(status),
        **fields,
    )


def info(request: HttpRequest, attempts: int, effect_id: str | None = None) -> RequestInfo:
    """What an error says of the request."""
    return RequestInfo(request.method, without_secrets(request.url), attempts, effect_id)


def says_retryable(response: HttpResponse) -> bool:
    """Whether the body is an ErrorEnvelope that says `retryable: true`."""
    return b"retryable" in response.body and _error_fields(response).get("retryable") is True


def _error_fields(response: HttpResponse) -> dict[str, Any]:
    try:
        body = msgspec.json.decode(response.body)
    except (ValueError, RecursionError):
        body = None
    # What is nested deeper could be neither printed nor pickled with the error.
    if body is None or _is_deep(body):
        return {"message": _text_message(response)}
    if not isinstance(body, dict):
        return {"message": _excerpt(body if isinstance(body, str) else _compact(body))}
    error = body.get("error")
    if isinstance(error, dict):
        return _envelope_fields(error)
    detail = body.get("detail")
    if detail is not None:
        return {"message": _detail_message(detail), "details": detail}
    for name in ("message", "title", "error"):
        if isinstance(body.get(name), str):
            return {"message": _excerpt(body[name]), "details": body}
    return {"message": _excerpt(_compact(body)), "details": body}


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_MAX_ERROR_DEPTH):
        containers = [item for item in level if isinstance(item, (dict, list))]
        if not containers:
            return False
        level = [
            child
            for container in containers
            for child in (container.values() if isinstance(container, dict) else container)
        ]
    return True


def _envelope_fields(error: dict[str, Any]) -> dict[str, Any]:
    code, message = error.get("code"), error.get("message")
    retryable, cause = error.get("retryable"), error.get("cause")
    return {
        "code": code if isinstance(code, str) else None,
        "message": message if isinstance(message, str) else None,
        "details": error.get("details"),
        "retryable": retryable if isinstance(retryable, bool) else None,
        "cause": cause if isinstance(cause, dict) else None,
    }


def _detail_message(detail: Any) -> str:
    """The `detail` of FastAPI: a sentence, or a list of places and what is wrong there."""
    if isinstance(detail, str):
        return _excerpt(detail)
    if not isinstance(detail, list):
        return _excerpt(_compact(detail))
    parts: list[str] = []
    for item in detail:
        if isinstance(item, dict) and isinstance(item.get("msg"), str):
            where = item.get("loc")
            place = ".".join(map(str, where)) if isinstance(where, list) else ""
            parts.append(f"{place}: {item['msg']}" if place else item["msg"])
        else:
            parts.append(_compact(item))
    return _excerpt("; ".join(parts))


def _text_message(response: HttpResponse) -> str | None:
    if _is_html(response):
        return _excerpt(_visible_text(response.body)) or None
    return _excerpt(response.body.decode("utf-8", "replace")) or None


def _is_html(response: HttpResponse) -> bool:
    declared = response.headers.get("Content-Type", "").lower()
    return "html" in declared or response.body[:64].lstrip().lower().startswith(
        (b"<!doctype", b"<html")
    )


def _visible_text(body: bytes) -> str:
    from html import unescape

    # The head of a page says it all, and bounds the work on a hostile one.
    return unescape(_INVISIBLE.sub(" ", body[:4096].decode("utf-8", "replace")))


def _excerpt(text: str, length: int = 300) -> str:
    plain = " ".join(text[: length * 8].split())
    return plain if len(plain) <= length else plain[: length - 3] + "..."


def _compact(value: Any) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except ValueError:
        # Python refuses to write an integer of thousands of digits.
        return "an answer with too large a number"


def _phrase(status: int) -> str:
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "the answer has no body that says more"
