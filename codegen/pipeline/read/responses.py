"""Stage 4: the responses of an operation -> what a call can return."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline import ir, names
from pipeline.errors import ContractError
from pipeline.load.keywords import ITEM_SCHEMA, MEDIA, RESPONSE, STREAM, expect_keys
from pipeline.load.references import Node

from .schemas import Schemas

_STREAMS = ("text/event-stream", "application/x-ndjson")
_JSON = ("application/json", "*/*")
_WITHOUT_BODY = (204, 205)


@dataclass(frozen=True)
class Answers:
    """The success answers of an operation.

    Attributes:
        types: The type for each status; None for no body.
        docs: The description for each status.
        streams: The media types of a streamed answer.
        events: The type of one event of a streamed answer.
    """

    types: tuple[tuple[int, ir.Type | None], ...]
    docs: tuple[tuple[int, str], ...]
    streams: tuple[str, ...] = ()
    events: ir.Type | None = None

    @property
    def result(self) -> ir.Type | None:
        """What a method returns: the one type of its answers, or their union."""
        if self.streams:
            return self.events
        distinct = list(dict.fromkeys(type_ for _, type_ in self.types))
        types = tuple(type_ for type_ in distinct if type_ is not None)
        if not types:
            return None
        result: ir.Type = types[0] if len(types) == 1 else ir.UnionOf(types)
        return ir.Nullable(result) if None in distinct else result


class AnswerReader:
    """Reads the responses of operations."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas

    def read(self, operation: Node, name: str) -> Answers:
        """The answers of one operation, whose models are named after it."""
        responses = operation["responses"]
        found: dict[int, Answers] = {}
        for status, child in responses.items():
            response = child.follow()
            expect_keys(response, RESPONSE)
            if re.fullmatch(r"2(\d\d|XX)", status):
                code = 200 if status == "2XX" else int(status)
                if code in found:
                    raise ContractError(child, "`2XX` beside 200 is not supported")
                found[code] = self._success(response, code, name)
            elif re.fullmatch(r"[45](\d\d|XX)|default", status):
                self._error(response, f"{name}{names.pascal(status.capitalize())}")
            elif not status.startswith("x-"):
                raise ContractError(child, f"an answer of status {status} is not supported")
        if not found:
            raise ContractError(responses, "declares no success answer")
        streamed = [answers for answers in found.values() if answers.streams]
        if streamed and len(found) > 1:
            raise ContractError(responses, "a stream beside another 2xx is not supported")
        in_order = [answers for _, answers in sorted(found.items())]
        return Answers(
            types=tuple(pair for answers in in_order for pair in answers.types),
            docs=tuple(pair for answers in in_order for pair in answers.docs),
            streams=streamed[0].streams if streamed else (),
            events=streamed[0].events if streamed else None,
        )

    def _success(self, response: Node, status: int, name: str) -> Answers:
        docs = ((status, response.text("description")),)
        content = response.get("content")
        kinds = tuple(content.value) if content is not None else ()
        if content is None or not kinds:
            return Answers(((status, None),), docs)
        if status in _WITHOUT_BODY:
            raise ContractError(content, f"an answer of status {status} has no content")
        streams = tuple(kind for kind in _STREAMS if kind in kinds)
        if not streams:
            media = json_media(content, "an answer")
            return Answers(((status, self._schemas.of_media(media, f"{name}Response")),), docs)
        for kind, media in content.items():
            if kind not in streams:
                raise ContractError(media, f"{kind} beside a stream is not supported")
        events = {kind: self._events(content[kind], f"{name}Event") for kind in streams}
        for kind in streams[1:]:
            if events[kind] != events[streams[0]]:
                raise ContractError(content[kind], f"has other items than {streams[0]}")
        type_ = events[streams[0]]
        return Answers(((status, type_),), docs, streams, type_)

    def _events(self, media: Node, name: str) -> ir.Type:
        """The type of one item of a stream; where none is declared, the raw event."""
        expect_keys(media, STREAM)
        schema = media.get("schema")
        kind = schema.follow().get("type") if schema is not None else None
        says = "string" if schema is None else kind.value if kind is not None else ""
        for key in ("itemSchema", ITEM_SCHEMA):
            if key in media:
                # The schema of the stream as a whole: of its text, or of all items.
                if says not in ("string", "array"):
                    raise ContractError(media["schema"], f"beside `{key}`, only text or an array")
                return self._schemas.type_of(media[key], name)
        if schema is None or says == "string":
            return ir.Scalar("ServerSentEvent")
        if says == "array":
            raise ContractError(schema, f"of a stream that is an array, give `{ITEM_SCHEMA}`")
        return self._schemas.type_of(schema, name)

    def _error(self, response: Node, name: str) -> None:
        """Define what an error answer's JSON is made of. Clients read any error, whatever it is."""
        for kind, media in response.members("content"):
            expect_keys(media, MEDIA)
            if kind.partition(";")[0].strip().lower() == "application/json":
                self._schemas.of_media(media, f"{name}Error")


def json_media(content: Node, what: str) -> Node:
    """The JSON among the media types of a body, which must be alone."""
    for kind, media in content.items():
        if kind.partition(";")[0].strip().lower() not in _JSON:
            raise ContractError(media, f"{what} of {kind} is not supported")
    found = list(content.items())
    if len(found) != 1:
        raise ContractError(content, f"{what} in several media types is not supported")
    return found[0][1]
