"""Any bytes from the socket make a call return a correct value or raise an `ArpError`."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.auth import HTTPBasicAuth, HTTPDigestAuth

from arp_sdk.core import ApiKey, Auth, Retries, Streamed
from arp_sdk.errors import ArpError
from support.clients import Kind
from support.server import Raw, Server

from .bodies import bodies, mutated_bytes
from .cases import Share
from .heads import CHALLENGES, COMMON_STATUSES, headers
from .offline import pieces_of
from .oracle import settle
from .targets import TARGETS, Target, read_all

LIMIT = 100_000
Encoder = Callable[[bytes], bytes]
_ENCODERS: dict[str, Encoder] = {
    "gzip": lambda body: gzip.compress(body, mtime=0),
    "deflate": zlib.compress,
    "br": lambda body: body,
    "gzip, gzip": lambda body: gzip.compress(gzip.compress(body, mtime=0), mtime=0),
    "gzip ": lambda body: gzip.compress(body, mtime=0)[:-6],
    "Gzip": lambda body: gzip.compress(body + b" " * 10 * LIMIT, mtime=0),
    "gzip,": lambda body: body,
    "zstd": lambda body: b"\x28\xb5\x2f\xfd" + body,
}
_STATUS_LINES = st.sampled_from(
    (
        "HTTP/1.1 200", "HTTP/1.0 200 OK", "HTTP/2 200 OK", "HTTP/1.1 20 X", "HTTP/1.1 2000 X",
        "HTTP/1.1 abc X", "HTTP/1.1 -1 X", "HTTP/1.1  200 OK", "http/1.1 200 ok", "ICY 200 OK",
        "", "\0", "220 mail.invalid ESMTP", "HTTP/1.1 200 \xe9", "HTTP/1.1 100 Continue",
        "HTTP/1.1 103 X\r\nLink: x\r\n\r\nHTTP/1.1 200 OK", "HTTP/1.1 101 Switching Protocols",
        "HTTP/1.1 100 X\r\n\r\n" * 150 + "HTTP/1.1 200 OK", "HTTP/1.1 200 " + "x" * 70_000,
        "HTTP/9.9 200 OK", "HTTP/1.1 999 X", "HTTP/1.1 \u0662\u0660\u0660 OK",
    )
)  # fmt: skip
_HEADER_LINES = st.sampled_from(
    (
        b"", b"no colon", b": no name", b" folded", b"X: " + b"y" * 70_000, b"X: \xff\xfe",
        b"\r", b"X:\r\n y", b"\xef\xbb\xbfX: y", b"X: y\r\n" * 150, b"Content-Length: 3",
        b"Content-Length: 3\r\nContent-Length: 4", b"Transfer-Encoding: chunked", b"X: \0",
        b"Content-Length : 5", b"Transfer-Encoding: chunked\r\nContent-Length: 2",
    )
)  # fmt: skip
_CREDENTIALS = (
    st.none(),
    st.just("token"),
    st.builds(ApiKey, st.just("key")),
    st.builds(HTTPBasicAuth, st.just("user"), st.just("password")),
    st.just(lambda: "provided"),
)
_DIGEST = st.builds(HTTPDigestAuth, st.just("user"), st.just("password"))

_NUMBERED = Streamed(seq="seq", kind="type", last=frozenset({"final"}))
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def framed(body: bytes, framing: str) -> bytes:
    """Return the headers that frame the body, the end of the head, and the body."""
    if framing == "chunked":
        chunks = [body[i : i + 50] for i in range(0, len(body), 50)]
        text = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
        return b"Transfer-Encoding: chunked\r\n\r\n" + text + b"0\r\n\r\n"
    if framing == "to the end":
        return b"\r\n" + body
    length = len(body) + {"right": 0, "short": -3, "long": 3}[framing]
    return b"Content-Length: %d\r\n\r\n%s" % (length, body)


@st.composite
def responses(draw: st.DrawFn, target: Target, home: str) -> bytes:
    status = draw(st.just(target.status) | st.sampled_from(COMMON_STATUSES))
    line = draw(st.just(f"HTTP/1.1 {status} X") | st.just(f"HTTP/1.1 {status} X") | _STATUS_LINES)
    lines = [line.encode("utf-8")]
    natural = "text/event-stream" if target.streams else "application/json"
    if draw(st.integers(0, 4)):
        lines.append(b"Content-Type: " + natural.encode())
    pairs = draw(headers(home))
    lines += [f"{name}: {value}".encode("latin-1", "replace") for name, value in pairs]
    lines += draw(st.lists(_HEADER_LINES, max_size=1))
    body = draw(st.just(target.body) | bodies(target.body))
    encoding = draw(st.none() | st.none() | st.sampled_from(list(_ENCODERS)))
    if encoding is not None:
        lines.append(b"Content-Encoding: " + encoding.encode())
        body = _ENCODERS[encoding](body)
    framing = draw(
        st.sampled_from(("right", "right", "right", "chunked", "to the end", "short", "long"))
    )
    response = b"\r\n".join(lines) + b"\r\n" + framed(body, framing)
    if len(response) < 5_000 and draw(st.integers(0, 3)) == 0:
        return draw(mutated_bytes(response))
    return response


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_a_valid_response_is_a_value(target: Target, server: Server) -> None:
    content_type = "text/event-stream" if target.streams else "application/json"
    head = f"HTTP/1.1 {target.status} X\r\nContent-Type: {content_type}\r\n".encode()
    for framing in ("right", "chunked", "to the end"):
        server.plan(Raw([head + framed(target.body, framing)]))
        with target.client(server.url, retries=0) as client:
            value = settle(partial(target.call, client), target.type)
        assert not isinstance(value, Exception)


@pytest.mark.parametrize("challenge", CHALLENGES)
def test_any_challenge_is_an_arp_error(challenge: str, server: Server) -> None:
    _meet_challenge(challenge, "token", server)


@pytest.mark.threads_only("requests sends by itself for HTTPDigestAuth")
@pytest.mark.parametrize("challenge", CHALLENGES)
def test_any_challenge_for_digest_is_an_arp_error(challenge: str, server: Server) -> None:
    _meet_challenge(challenge, HTTPDigestAuth("user", "password"), server)


def _meet_challenge(challenge: str, auth: Auth, server: Server) -> None:
    target = TARGETS[0]
    head = f"HTTP/1.1 401 X\r\nWWW-Authenticate: {challenge}\r\n"
    server.plan(Raw([head.encode("latin-1") + framed(b"", "right")]))
    with target.client(server.url, retries=0, auth=auth) as client:
        assert isinstance(settle(partial(target.call, client), target.type), ArpError)


@pytest.mark.parametrize(
    "event_id",
    ["1", "", " 1 ", "é", "☃", "\x01", "\t", "\x7f", "\ufffd", "x" * 5_000, ": x", "a,b"],
    ids=ascii,
)
def test_a_stream_can_resume_from_any_event_id(event_id: str, server: Server) -> None:
    target = next(target for target in TARGETS if target.streams)
    head = b"HTTP/1.1 200 X\r\nContent-Type: text/event-stream\r\n"
    events = target.body.replace(b"id: 0", b"").replace(b"id: 1", b"id:" + event_id.encode())
    server.plan(Raw([head + framed(events, "right")]))
    server.requests.clear()
    retries = Retries(limit=1, backoff=0, retry_after_limit=0.01)
    with target.client(server.url, retries=retries) as client:
        stream = partial(client._stream, target.operation, path=("r",), streamed=_NUMBERED)
        value = settle(lambda: read_all(stream()), target.type)
    assert len(value) == 2
    assert len(server.requests) > 1
    lines = [line for request in server.requests for line in request.message.header_lines]
    assert not any(_CONTROL.search(line) for line in lines)


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_any_bytes_are_a_value_or_an_arp_error(
    target: Target, server: Server, client_kind: Kind, share: Share
) -> None:
    @share(0.05 / len(TARGETS))
    @given(
        responses(target, server.url),
        st.lists(st.integers(0, 3000), max_size=4),
        st.one_of(*_CREDENTIALS, *[_DIGEST] * (client_kind == "threads")),
        st.integers(0, 1),
    )
    def run(response: bytes, cuts: list[int], auth: Any, retries: int) -> None:
        server.plan(Raw(pieces_of(response, cuts)))
        with target.client(
            server.url,
            auth=auth,
            retries=Retries(limit=retries, backoff=0, retry_after_limit=0.01),
            timeout=5,
            deadline=10,
            max_response_bytes=LIMIT,
        ) as client:
            settle(lambda: target.call(client), target.type)

    run()
