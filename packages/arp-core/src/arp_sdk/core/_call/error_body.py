"""The body of an error response: an ErrorEnvelope, other JSON, HTML, or text."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import msgspec

from arp_sdk.core._http.messages import HttpResponse

_INVISIBLE = re.compile(r"<(script|style)\b.*?</\1>|<!--.*?-->|<[^>]*>", re.S | re.I)
_MAX_ERROR_DEPTH = 100
# An ErrorEnvelope is small; parsing more would hold up every task of an event loop.
_MAX_PARSED_BYTES = 256 * 1024
# The beginning of a text says enough.
_MAX_TEXT = 4096


def says_retryable(response: HttpResponse) -> bool | None:
    """Return what an ErrorEnvelope says of `retryable`, or None where the body says nothing."""
    if b"retryable" not in response.body[:_MAX_PARSED_BYTES]:
        return None
    retryable: bool | None = error_fields(response).get("retryable")
    return retryable


def error_fields(response: HttpResponse) -> dict[str, Any]:
    """Return the arguments of an `ArpApiError` that the body holds: at least a message."""
    body = None
    if len(response.body) <= _MAX_PARSED_BYTES:
        with suppress(ValueError, RecursionError):
            # A receiver may ignore a byte order mark (RFC 8259, 8.1).
            body = msgspec.json.decode(response.body.removeprefix(b"\xef\xbb\xbf"))
    # Deeper values could be neither printed nor pickled with the error.
    if body is None or _is_deep(body):
        return {"message": _text_message(response)}
    if not isinstance(body, dict):
        return {"message": excerpt(body if isinstance(body, str) else _compact(body))}
    error = body.get("error")
    if isinstance(error, dict):
        return _envelope_fields(error)
    detail = body.get("detail")
    if detail is not None:
        return {"message": _detail_message(detail), "details": detail}
    for name in ("message", "title", "error"):
        if isinstance(body.get(name), str):
            return {"message": excerpt(body[name]), "details": body}
    return {"message": excerpt(_compact(body)), "details": body}


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
    """Return the message of a FastAPI `detail`: a sentence, or a list of places and reasons."""
    if isinstance(detail, str):
        return excerpt(detail)
    if not isinstance(detail, list):
        return excerpt(_compact(detail))
    parts: list[str] = []
    for item in detail:
        if isinstance(item, dict) and isinstance(item.get("msg"), str):
            where = item.get("loc")
            place = ".".join(map(str, where)) if isinstance(where, list) else ""
            parts.append(f"{place}: {item['msg']}" if place else item["msg"])
        else:
            parts.append(_compact(item))
    return excerpt("; ".join(parts))


def _text_message(response: HttpResponse) -> str | None:
    if is_html(response.body, response.headers.get("Content-Type", "")):
        return excerpt(visible_text(response.body)) or None
    return excerpt(response.body[:_MAX_TEXT].decode("utf-8", "replace")) or None


def is_html(body: bytes, content_type: str = "") -> bool:
    """Return True if a body is HTML, which comes from a proxy or a portal."""
    return "html" in content_type.lower() or body[:64].lstrip().lower().startswith(
        (b"<!doctype", b"<html")
    )


def visible_text(body: bytes) -> str:
    """Return the text at the beginning of a page of HTML."""
    from html import unescape

    return unescape(_INVISIBLE.sub(" ", body[:_MAX_TEXT].decode("utf-8", "replace")))


def excerpt(text: str, length: int = 300) -> str:
    """Return the beginning of a text on one line, at most `length` characters."""
    plain = " ".join(text[: length * 8].split())
    return plain if len(plain) <= length else plain[: length - 3] + "..."


def _compact(value: Any) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except ValueError:
        # Python refuses to write an integer of thousands of digits.
        return "a body with too large a number"


def phrase(status: int) -> str:
    """Return the standard phrase of a status, such as `Not Found`."""
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "the response gives no reason"
