"""A streamed answer as an iterator of typed events, over `requests`."""

from __future__ import annotations

from collections import deque
from types import TracebackType
from typing import Any, Generic, TypeVar

import requests
import urllib3.exceptions as u3

from arp_sdk.errors import ArpDecodeError, ArpResponseTooLargeError
from arp_sdk.schema import decode_json

from ._events import ServerSentEvent, parser_for
from ._exchange import Answer, failure_error
from ._failures import failure_of
from ._options import Options
from ._response import info

T = TypeVar("T")

_READ_SIZE = 65536


class EventStream(Generic[T]):
    """The events of a streamed answer, as they arrive.

    Iterate over it; close it, or use it as a context manager, to leave before the end.
    """

    def __init__(self, answer: Answer, options: Options) -> None:
        self._answer = answer
        self._response: requests.Response = answer.response.source
        self._type = answer.operation.events
        self._limit = options.max_response_bytes
        self._ready: deque[ServerSentEvent] = deque()
        self._done = False
        content_type = answer.response.headers.get("Content-Type", "")
        parser = parser_for(content_type, self._limit)
        if parser is None:
            self.close()
            raise self._decode_error(f"the answer is {content_type or 'of no type'}, not a stream")
        self._parser = parser

    @property
    def last_event_id(self) -> str:
        """The id of the last event, as the stream gave it; empty where it gives none."""
        return self._parser.last_event_id

    def __iter__(self) -> EventStream[T]:
        return self

    def __next__(self) -> T:
        """Wait for the next event.

        Raises:
            ArpTimeoutError: If nothing arrives within the read timeout.
            ArpConnectionError: If the connection breaks.
            ArpDecodeError: If an event does not fit the contract.
        """
        while not self._ready:
            if self._done:
                raise StopIteration
            self._receive()
        return self._decode(self._ready.popleft())

    def close(self) -> None:
        """Drop what has not been read, and free the connection."""
        self._done = True
        self._ready.clear()
        self._response.close()

    def __enter__(self) -> EventStream[T]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _receive(self) -> None:
        failure, chunk = None, b""
        try:
            # read1 hands over what has arrived; read waits until the buffer is full.
            chunk = self._response.raw.read1(_READ_SIZE, decode_content=True)
        except (u3.HTTPError, OSError) as error:
            status = self._response.status_code
            failure = failure_of(error, float("inf"), status)
        if failure is not None:
            self.close()
            raise failure_error(self._answer.request, failure, self._answer.attempts)
        too_long = ""
        try:
            self._ready += self._parser.feed(chunk) if chunk else self._parser.finish()
        except OverflowError as error:
            too_long = str(error)
        if too_long:
            self.close()
            raise ArpResponseTooLargeError(too_long, **self._context())
        if not chunk:
            self._done = True
            self._response.close()

    def _decode(self, event: ServerSentEvent) -> T:
        if self._type is ServerSentEvent:
            return event  # type: ignore[return-value]  # T is ServerSentEvent here
        try:
            value: T = decode_json(event.data, self._type)
            return value
        except ArpDecodeError as error:
            reason = error.message
        raise self._decode_error(reason, event.data)

    def _decode_error(self, reason: str, raw: bytes | None = None) -> ArpDecodeError:
        return ArpDecodeError(reason, raw=raw, **self._context())

    def _context(self) -> dict[str, Any]:
        return {
            "subject": "stream",
            "status_code": self._response.status_code,
            "request": info(self._answer.request, self._answer.attempts),
        }
