"""Connections that read responses by the rules of the synchronous clients.

A complete response counts whatever follows it, a response that breaks off is not complete, and
bytes that no request asked for close the connection.
"""

from __future__ import annotations

import asyncio
import functools
import re
import select
import ssl
import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from urllib3.util.wait import wait_for_read

from arp_sdk.core._transport.tcp import IDLE_LIMIT, keep_alive

from .trust import Trust

# http.client allows as much for one line.
LINE_LIMIT = 65536

_STARTS = b"HTTP/"
_HEAD_END = b"\r\n\r\n"
# Neither an interim response, nor anything before the status line.
_FINAL = tuple(b"HTTP/1.1 %d" % number for number in range(2, 6))
_EMPTY_LINES = re.compile(rb"[\r\n]+")
_HEAD_ENDS = re.compile(rb"\n\r?\n")
_REST_ENDS = re.compile(rb"(?:\A|\n)\r?\n")
_LENGTH = re.compile(rb"^content-length:[ \t]*([^\r\n]*?)[ \t]*\r?\n", re.I | re.M)
_LIST = re.compile(rb"content-length:[^\r\n,]*,")
_INTERIM = rb"HTTP/1\.[01] 1(?!01)\d\d[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*(?:\r?\n)+"
_MANY_INTERIM = re.compile(rb"(?:%b)+(?=%b)" % (_INTERIM, _INTERIM))


class Attempt:
    """The progress of one attempt.

    Attributes:
        connected: Whether it got a connection: without one, the request cannot have arrived.
    """

    def __init__(self, connected: bool) -> None:
        self.connected = connected


attempt_of_task: ContextVar[Attempt] = ContextVar("attempt_of_task")


class Connector(aiohttp.TCPConnector):
    """Makes the connections of a session that belongs to the SDK.

    Args:
        trust: The certificates to use, by the context that stands for them in a request.
    """

    def __init__(self, trust: Mapping[ssl.SSLContext, Trust]) -> None:
        super().__init__(limit=0, keepalive_timeout=IDLE_LIMIT)
        factory: Any = functools.partial(_Protocol, loop=self._loop)
        self._factory = factory
        self._trust = trust

    async def connect(self, *args: Any, **kwargs: Any) -> aiohttp.connector.Connection:
        """Return a connection on which nothing has arrived yet."""
        while True:
            connection = await super().connect(*args, **kwargs)
            protocol: Any = connection.protocol
            if protocol is None or not protocol.used or not protocol.has_arrived():
                attempt_of_task.get().connected = True
                return connection
            # The end of the connection, or a response that the event loop has not seen yet.
            connection.close()

    async def _create_direct_connection(
        self,
        req: Any,
        traces: Any,
        timeout: Any,  # aiohttp's own name
        *,
        client_error: Any = aiohttp.ClientConnectorError,
    ) -> Any:
        trust = self._trust_for(req)
        if trust is not None:
            of_proxy = client_error is aiohttp.ClientProxyConnectionError
            req._ssl = trust.context(of_proxy=of_proxy)
        return await super()._create_direct_connection(
            req, traces, timeout, client_error=client_error
        )

    def _get_ssl_context(self, req: Any) -> ssl.SSLContext | None:
        trust = self._trust_for(req) if req.is_ssl() else None
        return super()._get_ssl_context(req) if trust is None else trust.context()

    def _trust_for(self, req: Any) -> Trust | None:
        return self._trust.get(req.ssl) if isinstance(req.ssl, ssl.SSLContext) else None


class _Protocol(ResponseHandler):
    """Reads the responses of one connection.

    Attributes:
        used: Whether a request has been sent over the connection.
        has_arrived: Returns whether there is something to be read that nobody has read.
    """

    used = False
    _over = False
    _in_head = True
    _begun = False
    _line = b""
    _length: bytes | None = None
    _body: Any = None
    _surplus = False
    _read_by: float | None = None
    _read_timer: asyncio.TimerHandle | None = None

    has_arrived: Callable[[], object]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the connection, and have the system probe it."""
        super().connection_made(transport)
        sock = transport.get_extra_info("socket")
        keep_alive(sock)
        if sock is None:
            self.has_arrived = lambda: False
        elif sys.platform == "win32":
            self.has_arrived = functools.partial(wait_for_read, sock, timeout=0)
        else:
            poller = select.poll()
            poller.register(sock, select.POLLIN)
            self.has_arrived = functools.partial(poller.poll, 0)

    def set_response_params(self, **params: Any) -> None:
        """Expect the response to a request that is about to be sent."""
        self.used = self._in_head = True
        self._over = self._begun = self._surplus = False
        self._line = b""
        self._length = self._body = None
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        """Read some bytes; none continue a body after a pause."""
        if self._over:
            if data:
                self.abort()
            return
        if not data or not self._in_head or self._parser is None:
            super().data_received(data)
        else:
            head, ends, body = data.partition(_HEAD_END)
            if ends and not self._begun and _is_plain(head):
                super().data_received(head + ends)
            else:
                # Anything that arrives starts the read timeout anew, if the parser gets it or not.
                self._reschedule_timeout()
                body = self._read_heads(self._line + data)
            if body:
                # Apart from the head: an error in the body is not an error of the head.
                super().data_received(body)
        if self._exception is not None:
            self._break_off(self._exception)
        elif self._body is not None and self._body.is_eof():
            # The connection is kept for another request, unless there is more than the response.
            self._over = True
            if self._surplus or self._has_begun_another():
                self.force_close()
                self.abort()

    def feed_data(self, data: Any, size: int = 0) -> None:
        """Take the head of a response from the parser."""
        message, body = data
        if self._body is not None:
            self._surplus = True
            return
        self._in_head = message.code < 200 and message.code != 101
        self._begun = False
        if not self._in_head:
            self._body = body
        super().feed_data(data, size)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Note the end of the connection, which may be the end of the body."""
        if exc is not None:
            self._break_off(exc)
        transport = self.transport
        super().connection_lost(exc)
        if self._read_timer is not None:
            self._read_timer.cancel()
        if transport is not None:
            # Else Python 3.10 warns that nobody has closed a transport of TLS.
            transport.close()

    def close(self) -> None:
        """Close the connection at once, even if the server has not read all of a request."""
        self.abort()

    def _reschedule_timeout(self) -> None:
        # One timer that goes off and is set again costs less than a new one for each piece.
        timeout, timer = self._read_timeout, self._read_timer
        if not timeout:
            self._read_by = None
            return
        self._read_by = self._loop.time() + timeout
        if timer is None or timer.when() > self._read_by:
            if timer is not None:
                timer.cancel()
            self._read_timer = self._loop.call_at(self._read_by, self._check_timeout)

    def _drop_timeout(self) -> None:
        self._read_by = None

    def _check_timeout(self) -> None:
        self._read_timer = None
        if self._read_by is None:
            return
        if self._loop.time() < self._read_by:
            self._read_timer = self._loop.call_at(self._read_by, self._check_timeout)
        else:
            self._on_read_timeout()

    def _read_heads(self, data: bytes) -> bytes:
        """Give the lines of heads to the parser; return what belongs to a body."""
        self._line = b""
        at, size = 0, len(data)
        while self._in_head and self._exception is None:
            begins = not self._begun
            if begins:
                at = _start(data, at)
                if at == size:
                    return b""
                if not data.startswith(_STARTS[: size - at], at):
                    break  # which the parser refuses
                self._begun = True
                self._length = None
            ends = _HEAD_ENDS.search(data, at) if begins else _REST_ENDS.search(data, at)
            cut = ends.end() if ends else data.rfind(b"\n", at) + 1 or at
            if ends is None and size - cut > LINE_LIMIT:
                cut = size
            if cut > at:
                super().data_received(_LENGTH.sub(self._one_length, data[at:cut]))
            at = cut
            if ends is None:
                self._line = data[at:]
                return b""
        return data[at:]

    def _one_length(self, line: re.Match[bytes]) -> bytes:
        """Read a list of equal lengths as one length (RFC 9112, 6.3)."""
        first, *others = [value.strip(b" \t") for value in line[1].split(b",")]
        is_repeated = self._length is not None
        self._length = first if self._length is None else self._length
        if any(value != self._length for value in (first, *others)):
            return line[0]  # which the parser refuses
        if is_repeated:
            return b""
        return b"Content-Length: %b\r\n" % first if others else line[0]

    def _has_begun_another(self) -> bool:
        try:
            # The parser has come to its end: the next request gets a new one.
            return self._parser is not None and self._parser.feed_eof() is not None
        except Exception:
            return True

    def _break_off(self, error: BaseException) -> None:
        payload = self._payload
        if payload is not None and not payload.is_eof() and payload.exception() is None:
            broken = aiohttp.ClientPayloadError("the response broke off")
            broken.__cause__ = error
            payload.set_exception(broken)


def _start(data: bytes, at: int) -> int:
    """Return the index of the next status line that matters."""
    # RFC 9112, 2.2: empty lines before the status line mean nothing.
    if data.startswith((b"\r", b"\n"), at):
        empty = _EMPTY_LINES.match(data, at)
        at = empty.end() if empty else at
    # One interim response says as much as a thousand.
    if data.startswith(b"1", at + len(b"HTTP/1.1 ")):
        interim = _MANY_INTERIM.match(data, at)
        at = interim.end() if interim else at
    return at


def _is_plain(head: bytes) -> bool:
    """Return whether a head can be parsed as it is, as nearly every head can."""
    if not head.startswith(_FINAL):
        return False
    lowered = head.lower()
    return lowered.count(b"content-length") < 2 and not _LIST.search(lowered)
