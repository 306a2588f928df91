"""From what a method returned to an answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.responses import Response, StreamingResponse

from arp_sdk.core import Operation
from arp_sdk.models import ErrorEnvelope
from arp_sdk.schema import encode_json

from .events import Event
from .service_error import ServiceError

NDJSON = "application/x-ndjson"


def success(operation: Operation[Any], value: Any) -> Response:
    """The answer to a call that succeeded, with the first status that the contract lists.

    Raises:
        ArpValidationError: If the value breaks the contract.
    """
    status, type_ = next(iter(operation.responses.items()))
    if type_ is None:
        return Response(status_code=status)
    return Response(encode_json(value, type_), status, media_type="application/json")


def failure(error: ServiceError) -> Response:
    """The answer to a call that was refused."""
    content = encode_json(error.envelope, ErrorEnvelope)
    return Response(content, error.status, error.headers, media_type="application/json")


def stream(
    operation: Operation[Any], events: AsyncIterator[Event[Any]], media_type: str
) -> Response:
    """A streamed answer, in the media type that the client likes best."""
    write = _json_line if media_type == NDJSON else _server_sent_event
    status = next(iter(operation.responses))
    headers: Mapping[str, str] = {"Cache-Control": "no-store"}
    pieces = _pieces(operation, events, write)
    return StreamingResponse(pieces, status, headers, media_type=media_type)


async def _pieces(
    operation: Operation[Any], events: AsyncIterator[Event[Any]], write: Any
) -> AsyncIterator[bytes]:
    async for event in events:
        yield write(event, encode_json(event.data, operation.events))


def _server_sent_event(event: Event[Any], data: bytes) -> bytes:
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (event.id.encode(), event.name.encode(), data)


def _json_line(_: Event[Any], data: bytes) -> bytes:
    return data + b"\n"
