"""HTTP responses from the values that a service returns."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import Response, StreamingResponse

from arp_sdk.core import Content, Operation
from arp_sdk.models import ErrorEnvelope
from arp_sdk.schema import encode_json

from .events import Event
from .service_error import ServiceError

NDJSON = "application/x-ndjson"


def success(operation: Operation[Any], value: Any) -> Response:
    """Make the response to a successful call, with the first status that the contract lists."""
    status, type_ = next(iter(operation.responses.items()))
    if isinstance(type_, Content):
        plain = type_.type in (str, bytes)
        content = value if plain else encode_json(value, type_.type)
        return Response(content, status, media_type=type_.media_types[0])
    if type_ is None:
        return Response(status_code=status)
    return Response(encode_json(value, type_), status, media_type="application/json")


def failure(error: ServiceError) -> Response:
    content = encode_json(error.envelope, ErrorEnvelope)
    return Response(content, error.status, error.headers, media_type="application/json")


def stream_type(operation: Operation[Any], accept: str | None) -> str:
    """Return the first media type of a stream that an `Accept` header allows."""
    accepted = {item.partition(";")[0].strip().lower() for item in (accept or "*/*").split(",")}
    offered = (*operation.streams, NDJSON)
    for media_type in offered:
        if accepted & {"*/*", f"{media_type.partition('/')[0]}/*", media_type}:
            return media_type
    message = f"The stream is available as {' or '.join(offered)}."
    raise ServiceError(406, "not_acceptable", message)


def stream(
    operation: Operation[Any], events: AsyncIterator[Event[Any]], media_type: str
) -> Response:
    """Make a streamed response."""

    async def chunks() -> AsyncIterator[bytes]:
        async for event in events:
            data = encode_json(event.data, operation.events)
            if media_type == NDJSON:
                yield data + b"\n"
            else:
                names = event.id.encode(), event.name.encode()
                yield b"id: %b\nevent: %b\ndata: %b\n\n" % (*names, data)

    status = next(iter(operation.responses))
    headers = {"Cache-Control": "no-store"}
    return StreamingResponse(chunks(), status, headers, media_type=media_type)
