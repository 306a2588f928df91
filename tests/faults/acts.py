"""What faults are made of: things to do to a client instead of answering it properly."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

from faults.wire import Message, Wire

Act = Callable[[Wire, Message], object]
"""Does something, given the connection and what was read last: the answer, or the request."""

Part = Callable[[Message], bytes]
"""Makes of an answer that has a body what is sent instead."""

JSON = "Content-Type: application/json"
CHUNKED = "Transfer-Encoding: chunked"
DRIP_SECONDS = 0.05


def message(status: str, *headers: str, body: bytes | None = b"") -> Message:
    """An answer; without a body, also without a Content-Length."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return Message("\r\n".join([*lines, "", ""]).encode("latin-1"), body or b"")


def error(*, retryable: bool) -> bytes:
    """An ErrorEnvelope."""
    detail = {"code": "injected", "message": "as planned", "retryable": retryable}
    return json.dumps({"error": detail}).encode()


def nothing(wire: Wire, last: Message) -> None:
    """Leave it at that."""


def reset(wire: Wire, last: Message) -> None:
    """Break the connection."""
    wire.reset()


def close(wire: Wire, last: Message) -> None:
    """End the connection."""
    wire.close()


def stall(wire: Wire, last: Message) -> None:
    """Say nothing more."""
    wire.stall()


def says(status: str, *headers: str, body: bytes = b"", kind: str = JSON) -> Act:
    """Answer with a status of the fault's own."""
    answer = message(status, kind, *headers, body=body)
    return lambda wire, last: wire.send(answer.raw)


def redirects(status: str, location: Callable[[str], str]) -> Act:
    """Answer with a redirect that depends on the path that was asked for."""
    return lambda wire, request: wire.send(
        message(status, f"Location: {location(request.path)}").raw
    )


def sends(part: Part | bytes, then: Act = nothing) -> Act:
    """Send something instead of an answer that has a body, and then do something else."""

    def act(wire: Wire, answer: Message) -> None:
        wire.send(part if isinstance(part, bytes) else part(_with_body(answer)))
        then(wire, answer)

    return act


def drips(wire: Wire, answer: Message) -> None:
    """Send the answer a byte at a time."""
    wire.drip(answer.raw, DRIP_SECONDS)


def drips_body(wire: Wire, answer: Message) -> None:
    """Send the body a byte at a time."""
    answer = _with_body(answer)
    wire.send(answer.head)
    wire.drip(answer.body, DRIP_SECONDS)


def drips_bytes(data: bytes) -> Act:
    """Send something a byte at a time."""
    return lambda wire, last: wire.drip(data, DRIP_SECONDS)


def floods(start: bytes, piece: bytes) -> Act:
    """Send something without an end."""

    def act(wire: Wire, last: Message) -> None:
        wire.send(start)
        wire.flood(piece)

    return act


def restated(status: str) -> Act:
    """Send the answer's body under another status."""
    return lambda wire, answer: wire.send(message(status, JSON, body=answer.body).raw)


def after_interim(*interim: str) -> Act:
    """Send the answer after some that are not final."""
    heads = b"".join(f"HTTP/1.1 {lines}\r\n\r\n".encode() for lines in interim)
    return lambda wire, answer: wire.send(heads + answer.raw)


def reframed(*headers: str, body: Callable[[bytes], bytes] = bytes) -> Part:
    """The answer with other headers, and with a body made of its own."""

    def part(answer: Message) -> bytes:
        status = " ".join(answer.start_line[1:])
        return message(status, JSON, *headers, body=None).head + body(answer.body)

    return part


def replaced(*headers: str, body: Callable[[bytes], bytes]) -> Part:
    """A success with a body made of the answer's own, properly framed."""
    return lambda answer: message("200 OK", JSON, *headers, body=body(answer.body)).raw


def lengths(*figures: Callable[[int], int]) -> Part:
    """The answer with its Content-Length once or more, made of the right one."""

    def part(answer: Message) -> bytes:
        headers = [f"Content-Length: {figure(len(answer.body))}" for figure in figures]
        return reframed(*headers)(answer)

    return part


def with_lines(lines: bytes) -> Part:
    """The answer with more lines in its head."""
    return lambda answer: answer.raw.replace(b"\r\n", b"\r\n" + lines, 1)


def status_line(answer: Message) -> bytes:
    """As much as the status, and no more."""
    return answer.head[: len("HTTP/1.1 200")]


def half_head(answer: Message) -> bytes:
    """The head up to the middle of a header."""
    return answer.head[: answer.head.index(b"Content-Length") + len("Content")]


def half_body(answer: Message) -> bytes:
    """The head and a part of the body."""
    return answer.head + half(answer.body)


def half(data: bytes) -> bytes:
    """The first half."""
    return data[: len(data) // 2]


def chunk(data: bytes) -> bytes:
    """As a chunk of a chunked body."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def bomb(size: int, layers: int = 1) -> Act:
    """Answer with a small body that unpacks to a large one."""
    body = bytes(size)
    for _ in range(layers):
        body = gzip.compress(body)
    encoding = ", ".join(["gzip"] * layers)
    return says("200 OK", f"Content-Encoding: {encoding}", body=body)


def _with_body(answer: Message) -> Message:
    if answer.body:
        return answer
    return message("200 OK", JSON, body=json.dumps({"deleted": True, "by": "x" * 80}).encode())
