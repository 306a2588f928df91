"""Parsers of event streams: bytes go in, events come out."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from contextlib import suppress

import msgspec

_LINE_END = re.compile(rb"\r\n|\r|\n")
_BOM = b"\xef\xbb\xbf"


class ServerSentEvent(msgspec.Struct, frozen=True):
    """One event of a `text/event-stream`, as the WHATWG standard defines it.

    Attributes:
        data: Its payload, lines joined by a line feed; UTF-8.
        event: Its type; `message` where the stream names none.
        id: The last event id that the stream has set so far, or an empty string.
    """

    data: bytes
    event: str = "message"
    id: str = ""


class LineSplitter:
    """A splitter of bytes, in pieces of any size, into lines that end in CR, LF or CRLF."""

    def __init__(self, limit: int) -> None:
        # Not a list of pieces, each of which takes 30 bytes more and which are copied in the end.
        self._held = io.BytesIO()
        self._limit = limit
        self._skip_line_feed = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the lines that the chunk completes.

        Raises:
            OverflowError: If a line grows beyond the limit.
        """
        if self._skip_line_feed and chunk:
            self._skip_line_feed = False
            chunk = chunk.removeprefix(b"\n")
        lines = _LINE_END.split(chunk)
        rest = lines.pop()
        if lines:
            if self._held.tell():
                self._held.write(lines[0])
                lines[0] = self.rest()
            # The line ended at the CR; an LF at the start of the next chunk belongs to it.
            self._skip_line_feed = not rest and chunk.endswith(b"\r")
        if rest:
            self._held.write(rest)
            if self._held.tell() > self._limit:
                raise OverflowError(f"a line exceeds {self._limit} bytes")
        return lines

    def rest(self) -> bytes:
        """Return the bytes after the last line end, once."""
        rest, self._held = self._held.getvalue(), io.BytesIO()
        return rest


class EventStreamParser:
    """A parser of `text/event-stream` (WHATWG HTML, 9.2.6)."""

    def __init__(self, limit: int, last_event_id: str = "") -> None:
        self._lines = LineSplitter(limit)
        self._limit = limit
        self._head: bytes | None = b""
        self._data: bytes | bytearray | None = None
        self._event = ""
        self._id = self.last_event_id = last_event_id
        self.retry_ms: int | None = None

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Return the events that the chunk completes."""
        if self._head is not None:
            chunk = self._without_bom(self._head + chunk)
        events: list[ServerSentEvent] = []
        for line in self._lines.feed(chunk):
            if not line:
                self.last_event_id = self._id
                if self._data is not None:
                    data = bytes(self._data)
                    events.append(ServerSentEvent(data, self._event or "message", self._id))
                self._data = None
                self._event = ""
            elif line.startswith(b"data:"):
                # A line may be as long as the limit: copy it once.
                value = line[6 if line.startswith(b" ", 5) else 5 :]
                if self._data is None and len(value) <= self._limit:
                    self._data = value
                else:
                    self._add(value)
            else:
                self._field(line)
        return events

    def finish(self) -> list[ServerSentEvent]:
        """Return the events that the end completes: none, an unfinished event is discarded."""
        return []

    def _without_bom(self, head: bytes) -> bytes:
        if len(head) < len(_BOM) and _BOM.startswith(head):
            self._head = head
            return b""
        self._head = None
        return head.removeprefix(_BOM)

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._add(value)
        elif name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit():
            self.retry_ms = int(value[:9])

    def _add(self, value: bytes) -> None:
        # Most events have one line; each of a million is not to take an object.
        if self._data is None:
            self._data = value
        else:
            if isinstance(self._data, bytes):
                self._data = bytearray(self._data)
            self._data += b"\n" + value
        if len(self._data) > self._limit:
            raise OverflowError(f"an event exceeds {self._limit} bytes")


class JsonLinesParser:
    """A parser of `application/x-ndjson`: one JSON value per line."""

    retry_ms: int | None = None
    last_event_id = ""

    def __init__(self, limit: int) -> None:
        self._lines = LineSplitter(limit)

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Return the events that the chunk completes."""
        return [ServerSentEvent(line) for line in self._lines.feed(chunk) if line.strip()]

    def finish(self) -> list[ServerSentEvent]:
        """Return the events that the end completes: a last line without a line end."""
        rest = self._lines.rest()
        return [ServerSentEvent(rest)] if rest.strip() else []


class JsonTextParser:
    """A parser of a whole stream that a service has encoded as a string of JSON, once or twice."""

    last_event_id = ""

    def __init__(self, inner: EventStreamParser | JsonLinesParser, limit: int) -> None:
        self._inner = inner
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0

    @property
    def retry_ms(self) -> int | None:
        """Milliseconds to wait before the stream is opened again, if it says so."""
        return self._inner.retry_ms

    @property
    def received(self) -> bytes:
        """The bytes that have not been read yet."""
        return b"".join(self._pieces)

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Keep the chunk: no event is known before the end of the string."""
        self._pieces.append(chunk)
        self._size += len(chunk)
        if self._size > self._limit:
            raise OverflowError(f"a stream in one string exceeds {self._limit} bytes")
        return []

    def finish(self) -> list[ServerSentEvent]:
        """Return all events, once.

        Raises:
            ValueError: If the body is not a string of JSON.
        """
        if not self._pieces:
            return []
        text = msgspec.json.decode(self.received, type=str)
        self._pieces.clear()
        with suppress(ValueError):  # it was encoded once
            text = msgspec.json.decode(text, type=str)
        return self._inner.feed(text.encode()) + self._inner.finish()


EventParser = EventStreamParser | JsonLinesParser | JsonTextParser


def parser_for(
    content_type: str, limit: int, last_event_id: str = "", declared: Sequence[str] = ()
) -> EventParser | None:
    """Return the parser for a content type, or None where it is not a stream.

    `limit` is the number of bytes of a line or an event, `declared` the contract's media types.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "application/json" and declared:
        inner = parser_for(declared[0], limit, last_event_id)
        assert not isinstance(inner, JsonTextParser)  # noqa: S101  # a stream is declared
        return None if inner is None else JsonTextParser(inner, limit)
    if media_type == "text/event-stream":
        return EventStreamParser(limit, last_event_id)
    if media_type in ("application/x-ndjson", "application/jsonl", "application/ndjson"):
        return JsonLinesParser(limit)
    return None
