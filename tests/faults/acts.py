"""The building blocks of faults: what a connection can do instead of responding properly."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

from support.wire import Message, Wire

Act = Callable[[Wire, Message], object]
"""Does something, given the connection and the last message: the response, or the request."""

Part = Callable[[Message], bytes]
"""Makes the bytes to send instead of a response that has a body."""

JSON = "Content-Type: application/json"
CHUNKED = "Transfer-Encoding: chunked"
DRIP_SECONDS = 0.05


def message(status: str, *headers: str, body: bytes | None = b"") -> Message:
    """Build a response; without a body, also without a Content-Length."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return Message("\r\n".join([*lines, "", ""]).encode("latin-1"), body or b"")


def error(*, retryable: bool) -> bytes:
    """Return the body of an ErrorEnvelope."""
    detail = {"code": "injected", "message": "as planned", "retryable": retryable}
    return json.dumps({"error": detail}).encode()


def nothing(wire: Wire, last: Message) -> None:
    """Do nothing more."""


def reset(wire: Wire, last: Message) -> None:
    """Reset the connection."""
    wire.reset()


def close(wire: Wire, last: Message) -> None:
    """Close the connection."""
    wire.close()


def stall(wire: Wire, last: Message) -> None:
    """Send nothing more."""
    wire.stall()


def says(status: str, *headers: str, body: bytes = b"", kind: str = JSON) -> Act:
    """Respond with this status."""
    response = message(status, kind, *headers, body=body)
    return lambda wire, last: wire.send(response.raw)


def redirects(status: str, location: Callable[[str], str]) -> Act:
    """Respond with a redirect that depends on the path of the request."""
    return lambda wire, request: wire.send(
        message(status, f"Location: {location(request.path)}").raw
    )


def sends(part: Part | bytes, then: Act = nothing) -> Act:
    """Send other bytes instead of the response, and then do something else."""

    def act(wire: Wire, response: Message) -> None:
        wire.send(part if isinstance(part, bytes) else part(_with_body(response)))
        then(wire, response)

    return act


def drips(wire: Wire, response: Message) -> None:
    """Send the response one byte at a time."""
    wire.drip(response.raw, DRIP_SECONDS)


def drips_body(wire: Wire, response: Message) -> None:
    """Send the body one byte at a time."""
    response = _with_body(response)
    wire.send(response.head)
    wire.drip(response.body, DRIP_SECONDS)


def drips_bytes(data: bytes) -> Act:
    """Send the data one byte at a time."""
    return lambda wire, last: wire.drip(data, DRIP_SECONDS)


def floods(start: bytes, piece: bytes) -> Act:
    """Send a start, and then the piece again and again."""

    def act(wire: Wire, last: Message) -> None:
        wire.send(start)
        wire.flood(piece)

    return act


def restated(status: str) -> Act:
    """Send the body of the response with another status."""
    return lambda wire, response: wire.send(message(status, JSON, body=response.body).raw)


def after_interim(*interim: str) -> Act:
    """Send the response after some interim ones."""
    heads = b"".join(f"HTTP/1.1 {lines}\r\n\r\n".encode() for lines in interim)
    return lambda wire, response: wire.send(heads + response.raw)


def reframed(*headers: str, body: Callable[[bytes], bytes] = bytes) -> Part:
    """Replace the headers of the response, and transform its body."""

    def part(response: Message) -> bytes:
        status = " ".join(response.start_line[1:])
        return message(status, JSON, *headers, body=None).head + body(response.body)

    return part


def replaced(*headers: str, body: Callable[[bytes], bytes]) -> Part:
    """Transform the body of the response, and frame it properly."""
    return lambda response: message("200 OK", JSON, *headers, body=body(response.body)).raw


def lengths(*figures: Callable[[int], int]) -> Part:
    """Replace the Content-Length by one or more that are computed from the right one."""

    def part(response: Message) -> bytes:
        headers = [f"Content-Length: {figure(len(response.body))}" for figure in figures]
        return reframed(*headers)(response)

    return part


def with_lines(lines: bytes) -> Part:
    """Add lines to the head of the response."""
    return lambda response: response.raw.replace(b"\r\n", b"\r\n" + lines, 1)


def status_line(response: Message) -> bytes:
    """Return the response up to its status."""
    return response.head[: len("HTTP/1.1 200")]


def half_head(response: Message) -> bytes:
    """Return the head up to the middle of a header."""
    return response.head[: response.head.index(b"Content-Length") + len("Content")]


def half_body(response: Message) -> bytes:
    """Return the head and half of the body."""
    return response.head + half(response.body)


def half(data: bytes) -> bytes:
    """Return the first half."""
    return data[: len(data) // 2]


def bomb(size: int, layers: int = 1) -> Act:
    """Respond with a small body that decompresses to a large one."""
    body = bytes(size)
    for _ in range(layers):
        body = gzip.compress(body)
    encoding = ", ".join(["gzip"] * layers)
    return says("200 OK", f"Content-Encoding: {encoding}", body=body)


def _with_body(response: Message) -> Message:
    if response.body:
        return response
    return message("200 OK", JSON, body=json.dumps({"deleted": True, "by": "x" * 80}).encode())
