"""A streamed answer as an iterator of typed events, over `requests`."""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Generic, TypeVar

import requests
import urllib3.exceptions as u3

from arp_sdk.errors import (
    ArpApiError,
    ArpConnectionError,
    ArpDecodeError,
    ArpError,
    ArpResponseTooLargeError,
    ArpTimeoutError,
)
from arp_sdk.schema import decode_json

from ._closing import Closing
from ._events import EventParser, ServerSentEvent, parser_for
from ._exchange import Answer, failure_error
from ._failures import failure_of
from ._options import Options
from ._patterns import Streamed
from ._reconnect import Cursor, Gap
from ._response import api_error, info

T = TypeVar("T")

_READ_SIZE = 65536


def _interrupt(response: requests.Response) -> None:
    """Wake a thread that waits for the next bytes: closing would wait for it."""
    connection = getattr(response.raw, "connection", None)
    sock = getattr(connection, "sock", None)
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


Connect = Callable[[str], Answer]
"""Opens the stream, behind the event with the given id (empty for the beginning)."""


class EventStream(Closing, Generic[T]):
    """The events of a streamed answer, as they arrive.

    Iterate over it. Close it, or use it as a context manager, to leave before the end.

    A stream that breaks or falls silent is opened again behind the last event, as often as the
    client's `retries` allow without anything new; an event that comes twice is dropped.
    """

    def __init__(self, connect: Connect, options: Options, streamed: Streamed | None) -> None:
        self._connect = connect
        self._options = options
        self._cursor = Cursor(streamed)
        self._ready: deque[ServerSentEvent] = deque()
        self._closed = False
        self._left = threading.Event()
        self._last_event_id = ""
        self._open()

    @property
    def last_event_id(self) -> str:
        """The id of the last event, as the stream gave it; empty where it gives none."""
        return self._last_event_id

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The events that the stream left out, by their numbers."""
        return tuple(self._cursor.gaps)

    @property
    def complete(self) -> bool:
        """Whether the event has been seen after which no more come."""
        return self._cursor.over

    def __iter__(self) -> EventStream[T]:
        return self

    def __next__(self) -> T:
        """Wait for the next event.

        The iteration ends behind the last event, or where the service ends the stream and has
        nothing new to say when it is asked again; `complete` tells which.

        Raises:
            ArpTimeoutError: If nothing arrives within the idle timeout, over and over.
            ArpConnectionError: If the connection breaks, over and over.
            ArpDecodeError: If an event does not fit the contract. The next one can still be
                asked for.
            ArpApiError: If the service reports its own failure in place of an event.
        """
        while True:
            while not self._ready:
                if self._closed:
                    raise StopIteration
                self._receive()
            received = self._ready.popleft()
            self._last_event_id = received.id
            event = self._decode(received)
            if self._cursor.is_new(event):
                if self._cursor.over:
                    self.close()
                return event

    def close(self) -> None:
        """Drop what has not been read, and free the connection, also from another thread."""
        self._left.set()
        self._closed = True
        self._ready.clear()
        _interrupt(self._response)
        self._response.close()

    def __del__(self) -> None:
        # A stream that is dropped in the middle has nobody left to close it.
        response = getattr(self, "_response", None)
        if response is not None:
            response.close()

    def _open(self) -> None:
        self._answer = self._connect(self._last_event_id)
        response: requests.Response | None = self._answer.response.source
        if response is None:
            self._closed = True
            raise api_error(self._answer.request, self._answer.response, self._answer.attempts)
        self._response = response
        self._closed = False
        content_type = response.headers.get("Content-Type", "")
        # 204 is how a service says that there is nothing more (WHATWG HTML, 9.2.3).
        parser = parser_for(content_type, self._options.max_response_bytes, self._last_event_id)
        if response.status_code == 204:
            self.close()
        elif parser is None:
            self.close()
            raise self._decode_error(f"the answer is {content_type or 'of no type'}, not a stream")
        else:
            self._parser: EventParser = parser

    def _receive(self) -> None:
        failure, chunk = None, b""
        try:
            # read1 hands over what has arrived; read waits until the buffer is full.
            chunk = self._response.raw.read1(_READ_SIZE, decode_content=True)
        except Exception as error:
            # Closed by another thread: whatever the libraries make of that is of no interest.
            if self._left.is_set():
                return
            if not isinstance(error, (u3.HTTPError, OSError, ValueError)):
                raise
            failure = failure_of(error, float("inf"), self._response.status_code)
        if failure is not None:
            self._response.close()
            broken = failure_error(self._answer.request, failure, self._answer.attempts)
            self._closed = True
            if self._left.is_set():
                return
            if isinstance(broken, ArpDecodeError) or not self._reopened():
                raise broken
            return
        self._feed(chunk)
        if not chunk:
            self._response.close()
            # What the end completes comes first: it decides whether more is to be expected.
            if not self._ready:
                self._closed = True
                self._reopened()

    def _feed(self, chunk: bytes) -> None:
        too_long = ""
        try:
            self._ready += self._parser.feed(chunk) if chunk else self._parser.finish()
        except OverflowError as error:
            too_long = str(error)
        if too_long:
            self.close()
            raise ArpResponseTooLargeError(too_long, **self._context())

    def _reopened(self) -> bool:
        """Open the stream again behind the last event, if that is worth it.

        Raises:
            ArpError: If it cannot be opened, again and again or for good.
        """
        retry_ms = self._parser.retry_ms
        failed: ArpError | None = None
        while True:
            pause = self._cursor.pause_before_reconnect(self._options, retry_ms)
            if pause is None:
                if failed is not None:
                    raise failed
                return False
            if self._left.wait(pause):
                return False
            try:
                self._open()
                if self._left.is_set():
                    self.close()
                return not self._closed
            except (ArpConnectionError, ArpTimeoutError, ArpApiError) as error:
                if isinstance(error, ArpApiError) and error.status_code < 500:
                    raise
                failed = error.with_traceback(None)

    def _decode(self, event: ServerSentEvent) -> T:
        type_ = self._answer.operation.events
        if type_ is ServerSentEvent:
            return event  # type: ignore[return-value]  # T is ServerSentEvent here
        try:
            value: T = decode_json(event.data, type_)
            return value
        except ArpDecodeError as error:
            reason = error.message
        raise self._event_error(event, reason)

    def _event_error(self, event: ServerSentEvent, reason: str) -> ArpError:
        """What an event means that is none of the contract's: a failure reported, or garbage."""
        reported = api_error(self._answer.request, self._reporting(event), self._answer.attempts)
        if event.event == "error" and not reported.code.startswith("http_"):
            return reported
        return self._decode_error(reason, event.data)

    def _reporting(self, event: ServerSentEvent) -> Any:
        return replace(self._answer.response, body=event.data)

    def _decode_error(self, reason: str, raw: bytes | None = None) -> ArpDecodeError:
        return ArpDecodeError(reason, raw=raw, **self._context())

    def _context(self) -> dict[str, Any]:
        return {
            "subject": "stream",
            "status_code": self._response.status_code,
            "request": info(self._answer.request, self._answer.attempts),
        }
