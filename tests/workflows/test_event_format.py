"""`text/event-stream` is parsed as the WHATWG standard says, however the bytes are split.

The cases follow those of the web platform tests (eventsource/format-*).
"""

from __future__ import annotations

import random

import pytest

from arp_sdk.core._streaming.sse import (
    EventStreamParser,
    JsonLinesParser,
    LineSplitter,
    parser_for,
)

pytestmark = pytest.mark.threads_only("makes no client")

LONG = b"x" * 2048
BOM = "\ufeff".encode()

CASES = {
    "one BOM at the start is dropped": (
        BOM + b"data:1\n\n" + BOM + b"data:2\n\ndata:3\n\n", [b"1", b"3"]),
    "a second BOM is part of a field": (
        BOM + BOM + b"data:1\n\ndata:2\n\ndata:3\n\n", [b"2", b"3"]),
    "comments": (
        b"data:1\r:\0\n:\r\ndata:2\n:" + LONG + b"\rdata:3\n:data:fail\r:" + LONG
        + b"\ndata:4\n\n", [b"1\n2\n3\n4"]),
    "an event without its empty line": (b"retry:1000\ndata:test1\n\nid:test\ndata:test2",
                                        [b"test1"]),
    "empty data": (b"data:\n\ndata\ndata\n\ndata:test", [b"", b"\n"]),
    "no data, no event": (b"event:test\n\nid:1\n\nretry:1\n\n", []),
    "names are taken exactly": (
        b"data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\r"
        b"data:\r\n data:32\ndata:4\n\n", [b"\0\n 2\n1\n3\n\n4"]),
    "one space is dropped": (b"data:\ttest\rdata: \ndata:test\n\n", [b"\ttest\n\ntest"]),
    "line ends of all kinds": (b"data:test\r\ndata\ndata:test\r\n\r", [b"test\n\ntest"]),
    "only CR": (b"data:a\rdata:b\r\rdata:c\r\r", [b"a\nb", b"c"]),
    "a null character": (b"data:\0\n\n\n\n", [b"\0"]),
    "UTF-8": ("data:ok…\n\ndata:😀\n\n".encode(), ["ok…".encode(), "😀".encode()]),
    "unknown fields": (
        b"data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\ndata:test\n\n",
        [b"test\n\ntest"]),
    "Unicode line separators do not end a line": (
        "data:a\u2028b\u0085c\x0bd\x0ce\n\n".encode(), ["a\u2028b\u0085c\x0bd\x0ce".encode()]),
    "nothing": (b"", []),
    "only line ends": (b"\n\r\n\r\r\n", []),
}  # fmt: skip


def pieces(data: bytes, how: str) -> list[bytes]:
    if how == "whole":
        return [data]
    if how == "bytes":
        return [data[n : n + 1] for n in range(len(data))]
    rng = random.Random(how)
    cuts = sorted(rng.randrange(len(data) + 1) for _ in range(len(data) // 3 + 1))
    return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]


@pytest.mark.parametrize("how", ["whole", "bytes", "split-1", "split-2", "split-3"])
@pytest.mark.parametrize("name", CASES)
def test_the_format_is_parsed_however_the_bytes_are_split(name: str, how: str) -> None:
    data, expected = CASES[name]
    parser = EventStreamParser(1_000_000)
    found = [event for piece in pieces(data, how) for event in parser.feed(piece)]
    assert [event.data for event in found + parser.finish()] == expected


def test_an_event_is_complete_at_its_last_byte() -> None:
    for end in (b"\n\n", b"\r\r", b"\r\n\r"):
        parser = EventStreamParser(1000)
        data = b"data:x" + end
        assert parser.feed(data[:-1]) == []
        assert [event.data for event in parser.feed(data[-1:])] == [b"x"]
        assert parser.feed(b"\n") == []


def test_types_and_ids_of_events() -> None:
    parser = EventStreamParser(1000)
    data = (
        b"event:a\nid:1\ndata:x\n\n"
        b"data:y\n\n"
        b"event: \nid\ndata:z\n\n"
        b"id:2\0\ndata:u\n\n"
        b"id:\xff\ndata:v\n\n"
    )
    events = parser.feed(data)
    assert [(event.event, event.id) for event in events] == [
        ("a", "1"),
        ("message", "1"),
        ("message", ""),
        ("message", ""),
        ("message", "\ufffd"),
    ]


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [(b"retry:3000", 3000), (b"retry:3000\nretry:1000x", 3000), (b"retry", None), (b"retry:", None),
     (b"retry:-1", None), (b"retry:1.5", None), (b"retry:0", 0)],
)  # fmt: skip
def test_retry_sets_the_reconnection_time(text: bytes, milliseconds: int | None) -> None:
    parser = EventStreamParser(1000)
    parser.feed(text + b"\n\n")
    assert parser.retry_ms == milliseconds


@pytest.mark.parametrize("data", [b"data:" + b"x" * 2000, b"data:x\n" * 2000, b"x" * 2000])
def test_an_endless_line_or_event_is_an_error(data: bytes) -> None:
    parser = EventStreamParser(1000)
    with pytest.raises(OverflowError):
        for piece in pieces(data, "bytes"):
            parser.feed(piece)


@pytest.mark.parametrize("how", ["whole", "bytes", "split-1"])
def test_json_lines_are_parsed(how: str) -> None:
    data = b'{"a":1}\n\n{"b":2}\r\n  \n{"c":3}'
    parser = JsonLinesParser(1000)
    events = [event for piece in pieces(data, how) for event in parser.feed(piece)]
    assert [event.data for event in events + parser.finish()] == [
        b'{"a":1}',
        b'{"b":2}',
        b'{"c":3}',
    ]


def test_a_long_line_in_small_pieces_is_joined_once() -> None:
    splitter = LineSplitter(10_000_000)
    for _ in range(100_000):
        assert splitter.feed(b"xx") == []
    assert splitter.feed(b"\n") == [b"x" * 200_000]


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("text/event-stream", EventStreamParser),
        ("Text/Event-Stream; charset=utf-8", EventStreamParser),
        ("application/x-ndjson", JsonLinesParser),
        ("application/jsonl", JsonLinesParser),
        ("text/html", type(None)),
        ("text/event-stream-x", type(None)),
        ("", type(None)),
    ],
)
def test_the_content_type_decides(content_type: str, kind: type) -> None:
    assert type(parser_for(content_type, 1000)) is kind
