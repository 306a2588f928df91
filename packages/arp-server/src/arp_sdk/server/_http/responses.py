"""Responses as ASGI messages, and the media type that a client accepts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from arp_sdk.schema import Model, encode_json
from arp_sdk.server._errors import ServiceError

from .request import Request, Scope, Send

JSON = "application/json"
NDJSON = "application/x-ndjson"
Headers = list[tuple[bytes, bytes]]


@lru_cache(maxsize=256)
def accepted(accept: str, offered: tuple[str, ...]) -> str | None:
    """Return the media type that an `Accept` header prefers, or None if it excludes all.

    Of several with the same weight, this is the one that is offered first (RFC 9110, 12.5.1).
    """
    weights: dict[str, float] = {}
    for item in accept.split(","):
        media_range, *parameters = (part.strip().lower() for part in item.split(";"))
        texts = [each[2:] for each in parameters if each.startswith("q=")]
        weights[media_range] = _weight(texts[0]) if texts else 1.0
    if weights.keys() == {""}:
        return offered[0]

    def weight(media_type: str) -> float:
        for media_range in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
            if media_range in weights:
                return weights[media_range]
        return 0.0

    best = max(offered, key=weight)
    return best if weight(best) > 0 else None


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def check_accept(request: Request, offered: tuple[str, ...]) -> str:
    """Return the media type for a response, or raise a 406."""
    accept = request.header(b"accept")
    found = offered[0] if accept is None else accepted(accept, offered)
    if found is None:
        message = f"The response is available as {' or '.join(offered)}."
        raise ServiceError(406, "not_acceptable", message)
    return found


def response_headers(
    request: Request, content_type: str | None, further: Mapping[str, str] | None = None
) -> Headers:
    """Return the headers of a response, without its length."""
    headers = [(b"x-request-id", request.id.encode("latin-1"))]
    if content_type is not None:
        headers.append((b"content-type", content_type.encode("latin-1")))
    if further:
        headers += _encoded(further.items())
    if request.response_headers:
        headers += _encoded(request.response_headers.items())
    return headers


def _encoded(pairs: Iterable[tuple[str, str]]) -> Headers:
    # A header with a line end would become two.
    return [
        (name.lower().encode("latin-1"), " ".join(value.split()).encode("latin-1", "replace"))
        for name, value in pairs
    ]


async def send_response(
    request: Request, send: Send, status: int, headers: Headers, body: bytes | None
) -> None:
    """Send a whole response. A response to HEAD has its headers only; None is a stream's body."""
    if status != 204 and body is not None:
        headers.append((b"content-length", b"%d" % len(body)))
    request.has_started = True
    await send({"type": "http.response.start", "status": status, "headers": headers})
    shown = b"" if request.method == "HEAD" else body or b""
    await send({"type": "http.response.body", "body": shown})


async def send_error(error: ServiceError, scope: Scope, send: Send) -> None:
    """Send an error response, for ASGI middleware around the application of a service."""
    await respond_with_error(Request(scope), send, error, error.envelope)


async def respond_with_error(
    request: Request, send: Send, error: ServiceError, body: Model
) -> None:
    """Send an error response to a request."""
    headers = response_headers(request, JSON, error.headers)
    # The details may be anything that a service has put there.
    data = encode_json(body, type(body), strict=False)
    await send_response(request, send, error.status, headers, data)
