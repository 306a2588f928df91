"""The events of a stream do not depend on how its bytes are split."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arp_sdk.core import ServerSentEvent
from arp_sdk.core._streaming.sse import (
    EventParser,
    EventStreamParser,
    JsonLinesParser,
    parser_for,
)

from .bodies import mutated_bytes
from .cases import Share
from .heads import CONTENT_TYPE
from .offline import pieces_of
from .targets import TARGETS

pytestmark = pytest.mark.threads_only("makes no client")

_SSE = next(target.body for target in TARGETS if target.streams)
_NDJSON = b'{"a":1}\n\n {"b":"\xc3\xa9"}\r\n{"c":[]}\r'
_lines = st.sampled_from(
    (
        b"data", b"data:", b"data: x", b"data:  x", b"data\n", b": c", b"id: 1", b"id", b"id:\0",
        b"event: e", b"event", b"retry: 5", b"retry: x", b"retry:" + b"9" * 5000, b"retry: \xb2",
        b"", b"\xff", b"x: y", b"\xef\xbb\xbf", b"Data: x", b"data: \xed\xa0\x80", b" data: x",
    )
)  # fmt: skip
_ends = st.sampled_from((b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\r\n\r\n", b"\n\r"))
_composed = st.lists(st.tuples(_lines, _ends), max_size=12).map(
    lambda pairs: b"".join(line + end for line, end in pairs)
)
_cuts = st.lists(st.integers(0, 400), max_size=8) | st.just(range(1000))


def fed(parser: EventParser, pieces: list[bytes]) -> list[ServerSentEvent]:
    return [event for piece in pieces for event in parser.feed(piece)] + parser.finish()


def reference_events(data: bytes) -> list[ServerSentEvent]:
    """Parse a complete stream by the WHATWG algorithm, without regard to speed."""
    *lines, _ = re.split(b"\r\n|\r|\n", data.removeprefix(b"\xef\xbb\xbf"))
    events = []
    buffer: list[bytes] = []
    kind, last_id = b"", b""
    for line in lines:
        if not line:
            if buffer:
                events.append((b"\n".join(buffer), kind or b"message", last_id))
            buffer, kind = [], b""
        elif not line.startswith(b":"):
            name, _, value = line.partition(b":")
            value = value[1:] if value[:1] == b" " else value
            if name == b"data":
                buffer.append(value)
            elif name == b"event":
                kind = value
            elif name == b"id" and b"\0" not in value:
                last_id = value
    return [
        ServerSentEvent(data, kind.decode("utf-8", "replace"), last.decode("utf-8", "replace"))
        for data, kind, last in events
    ]


def test_server_sent_events(share: Share) -> None:
    @share(0.1)
    @given(_composed | mutated_bytes(_SSE), _cuts)
    def run(data: bytes, cuts: list[int]) -> None:
        expected = reference_events(data)
        assert fed(EventStreamParser(10**6), [data]) == expected
        assert fed(EventStreamParser(10**6), pieces_of(data, cuts)) == expected

    run()


def test_json_lines(share: Share) -> None:
    @share(0.03)
    @given(_composed | mutated_bytes(_NDJSON), _cuts)
    def run(data: bytes, cuts: list[int]) -> None:
        expected = [line for line in re.split(b"\r\n|\r|\n", data) if line.strip()]
        for pieces in ([data], pieces_of(data, cuts)):
            events = fed(JsonLinesParser(10**6), pieces)
            assert [event.data for event in events] == expected

    run()


@pytest.mark.parametrize("kind", [EventStreamParser, JsonLinesParser])
def test_limits(kind: type[EventStreamParser] | type[JsonLinesParser], share: Share) -> None:
    @share(0.01)
    @given(_composed | mutated_bytes(_SSE), _cuts, st.integers(1, 64))
    def run(data: bytes, cuts: list[int], limit: int) -> None:
        try:
            events = fed(kind(limit), pieces_of(data, cuts))
        except OverflowError:
            return
        longest = max((len(event.data) for event in events), default=0)
        assert longest <= limit + max(map(len, pieces_of(data, cuts)), default=0)

    run()


def test_content_types(share: Share) -> None:
    @share(0.005)
    @given(CONTENT_TYPE)
    def run(content_type: str) -> None:
        parser_for(content_type, 1)

    run()
