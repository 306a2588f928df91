"""The responses of an operation -> the return value of a call."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline import ir, names
from pipeline.errors import ContractError
from pipeline.load.keywords import ITEM_SCHEMA, MEDIA, RESPONSE, STREAM
from pipeline.load.references import Node

from .media import STREAMS, MediaReader, kind_of
from .schemas import Schemas

_WITHOUT_BODY = (204, 205)


@dataclass(frozen=True)
class Responses:
    """The success responses of a method.

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
        plain = [t.type if isinstance(t, ir.Content) else t for _, t in self.types]
        distinct = list(dict.fromkeys(plain))
        types = tuple(type_ for type_ in distinct if type_ is not None)
        if not types:
            return None
        result: ir.Type = types[0] if len(types) == 1 else ir.UnionOf(types)
        return ir.Nullable(result) if None in distinct else result


class ResponseReader:
    """Reads the responses of operations."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._media = MediaReader(schemas)

    def read(self, operation: Node, name: str) -> list[Responses]:
        """Return the responses of one operation, whose models are named after it.

        There are two if it responds with a stream or with something else: first the latter.
        """
        declared = operation["responses"]
        successes: dict[int, Node] = {}
        for status, child in declared.items():
            response = child.follow()
            response.expect_only(RESPONSE)
            if re.fullmatch(r"2(\d\d|XX)", status):
                code = 200 if status == "2XX" else int(status)
                if code in successes:
                    raise ContractError(child, "`2XX` next to 200 is not supported")
                successes[code] = response
        if not successes:
            return [self._undeclared(declared, name)]
        for status, child in declared.items():
            if re.fullmatch(r"[45](\d\d|XX)|default", status):
                self._error(child.follow(), f"{name}{names.pascal(status.capitalize())}")
        single, streamed = [], []
        for code, response in sorted(successes.items()):
            kinds = tuple(response["content"].value) if "content" in response else ()
            of_stream = tuple(
                sorted(
                    (kind for kind in kinds if kind_of(kind) in STREAMS),
                    key=lambda kind: STREAMS.index(kind_of(kind)),
                )
            )
            if of_stream:
                streamed.append(self._stream(response, code, of_stream, name))
            if not of_stream or len(kinds) > len(of_stream):
                single.append(self._single(response, code, name))
        if len(streamed) > 1:
            raise ContractError(declared, "streams of several statuses are not supported")
        types = tuple(pair for each in single for pair in each.types)
        docs = tuple(pair for each in single for pair in each.docs)
        return [*([Responses(types, docs)] if single else []), *streamed]

    def _undeclared(self, declared: Node, name: str) -> Responses:
        """Return the response of an operation that declares no success."""
        if "default" in declared:
            return self._single(declared["default"].follow(), 200, name)
        if any(status.startswith("3") for status in declared.value):
            # The client follows a redirect, to anything.
            return Responses(((200, ir.Content(ir.Scalar("bytes"), ("*/*",))),), ((200, ""),))
        if any(status.startswith("1") for status in declared.value):
            raise ContractError(declared, "declares an upgrade only, which is not supported")
        return Responses(((200, None),), ((200, ""),))

    def _single(self, response: Node, status: int, name: str) -> Responses:
        docs = ((status, response.text("description")),)
        content = response.get("content")
        kinds = tuple(content.value) if content is not None else ()
        kinds = tuple(kind for kind in kinds if kind_of(kind) not in STREAMS)
        if content is None or not kinds:
            return Responses(((status, None),), docs)
        if status in _WITHOUT_BODY:
            raise ContractError(content, f"a response of status {status} has no content")
        type_ = self._media.response(content, kinds, f"{name}Response")
        return Responses(((status, type_),), docs)

    def _stream(self, response: Node, status: int, kinds: tuple[str, ...], name: str) -> Responses:
        content = response["content"]
        events = {kind: self._events(content[kind], f"{name}Event") for kind in kinds}
        for kind in kinds[1:]:
            if events[kind] != events[kinds[0]]:
                raise ContractError(content[kind], f"has different items from {kinds[0]}")
        streams = tuple(map(kind_of, kinds))
        docs = ((status, response.text("description")),)
        type_ = events[kinds[0]]
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
            if kind_of(kind) == "application/json":
                media.expect_only(MEDIA)
                with self._schemas.attempt():
                    self._schemas.of_media(media, f"{name}Error")
