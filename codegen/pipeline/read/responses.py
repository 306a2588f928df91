"""The responses of an operation -> the return value of a call."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline import ir, names
from pipeline.errors import ContractError
from pipeline.load.keywords import ITEM_SCHEMA, MEDIA, RESPONSE, STREAM
from pipeline.load.references import Node

from .schemas import Schemas

_STREAMS = ("text/event-stream", "application/x-ndjson")
_JSON = ("application/json", "*/*")
_WITHOUT_BODY = (204, 205)


@dataclass(frozen=True)
class Responses:
    """The success responses of an operation.

    Attributes:
        types: The type for each status; None for no body.
        docs: The description for each status.
        streams: The media types of a stream.
        events: The type of one event of a stream.
    """

    types: tuple[tuple[int, ir.Type | None], ...]
    docs: tuple[tuple[int, str], ...]
    streams: tuple[str, ...] = ()
    events: ir.Type | None = None

    @property
    def result(self) -> ir.Type | None:
        """The return type of a method: the one type of its responses, or their union."""
        if self.streams:
            return self.events
        distinct = list(dict.fromkeys(type_ for _, type_ in self.types))
        types = tuple(type_ for type_ in distinct if type_ is not None)
        if not types:
            return None
        result: ir.Type = types[0] if len(types) == 1 else ir.UnionOf(types)
        return ir.Nullable(result) if None in distinct else result


class ResponseReader:
    """Reads the responses of operations."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas

    def read(self, operation: Node, name: str) -> Responses:
        """Return the responses of one operation, whose models are named after it."""
        declared = operation["responses"]
        found: dict[int, Responses] = {}
        for status, child in declared.items():
            response = child.follow()
            response.expect_only(RESPONSE)
            if re.fullmatch(r"2(\d\d|XX)", status):
                code = 200 if status == "2XX" else int(status)
                if code in found:
                    raise ContractError(child, "`2XX` next to 200 is not supported")
                found[code] = self._success(response, code, name)
            elif re.fullmatch(r"[45](\d\d|XX)|default", status):
                self._error(response, f"{name}{names.pascal(status.capitalize())}")
            elif not status.startswith("x-"):
                raise ContractError(child, f"a response of status {status} is not supported")
        if not found:
            raise ContractError(declared, "declares no success response")
        streamed = [each for each in found.values() if each.streams]
        if streamed and len(found) > 1:
            raise ContractError(declared, "a stream next to another 2xx is not supported")
        in_order = [each for _, each in sorted(found.items())]
        return Responses(
            types=tuple(pair for each in in_order for pair in each.types),
            docs=tuple(pair for each in in_order for pair in each.docs),
            streams=streamed[0].streams if streamed else (),
            events=streamed[0].events if streamed else None,
        )

    def _success(self, response: Node, status: int, name: str) -> Responses:
        docs = ((status, response.text("description")),)
        content = response.get("content")
        kinds = tuple(content.value) if content is not None else ()
        if content is None or not kinds:
            return Responses(((status, None),), docs)
        if status in _WITHOUT_BODY:
            raise ContractError(content, f"a response of status {status} has no content")
        streams = tuple(kind for kind in _STREAMS if kind in kinds)
        if not streams:
            media = json_media(content, "a response")
            return Responses(((status, self._schemas.of_media(media, f"{name}Response")),), docs)
        for kind, media in content.items():
            if kind not in streams:
                raise ContractError(media, f"{kind} next to a stream is not supported")
        events = {kind: self._events(content[kind], f"{name}Event") for kind in streams}
        for kind in streams[1:]:
            if events[kind] != events[streams[0]]:
                raise ContractError(content[kind], f"has different items from {streams[0]}")
        type_ = events[streams[0]]
        return Responses(((status, type_),), docs, streams, type_)

    def _events(self, media: Node, name: str) -> ir.Type:
        """Return the type of one item of a stream: the raw event if none is declared."""
        media.expect_only(STREAM)
        schema = media.get("schema")
        kind = schema.follow().get("type") if schema is not None else None
        declared = "string" if schema is None else kind.value if kind is not None else ""
        for key in ("itemSchema", ITEM_SCHEMA):
            if key in media:
                # `schema` describes the stream as a whole: its text, or an array of all items.
                if declared not in ("string", "array"):
                    raise ContractError(media["schema"], f"next to `{key}`, only text or an array")
                return self._schemas.type_of(media[key], name)
        if schema is None or declared == "string":
            return ir.Scalar("ServerSentEvent")
        if declared == "array":
            raise ContractError(schema, f"add `{ITEM_SCHEMA}` to a stream that is an array")
        return self._schemas.type_of(schema, name)

    def _error(self, response: Node, name: str) -> None:
        """Define the models of an error response. Clients can read any error without them."""
        for kind, media in response.members("content"):
            media.expect_only(MEDIA)
            if kind.partition(";")[0].strip().lower() == "application/json":
                self._schemas.of_media(media, f"{name}Error")


def json_media(content: Node, what: str) -> Node:
    """Return the JSON among the media types of a body, which must be the only one."""
    for kind, media in content.items():
        if kind.partition(";")[0].strip().lower() not in _JSON:
            raise ContractError(media, f"{what} of {kind} is not supported")
    found = list(content.items())
    if len(found) != 1:
        raise ContractError(content, f"{what} in several media types is not supported")
    return found[0][1]
