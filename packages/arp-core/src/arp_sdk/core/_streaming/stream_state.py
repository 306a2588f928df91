"""What a streamed answer comes to, as a generator without I/O: typed events, once each."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from typing import Any, Generic, TypeVar

import msgspec

from arp_sdk.core._call.effects import Answer, Exchange, Pause
from arp_sdk.core._call.errors import api_error, failure_error, info
from arp_sdk.core._contract.workflows import Streamed
from arp_sdk.core._http.messages import Failure
from arp_sdk.core._options import Options
from arp_sdk.errors import (
    ArpApiError,
    ArpConnectionError,
    ArpDecodeError,
    ArpError,
    ArpResponseTooLargeError,
    ArpTimeoutError,
)
from arp_sdk.schema import decode_json

from .cursor import Cursor, Gap
from .sse import EventParser, ServerSentEvent, parser_for

T = TypeVar("T")


class Open(msgspec.Struct, frozen=True):
    """Drive an exchange to its answer, of which the body is still to be read."""

    steps: Exchange


class Read(msgspec.Struct, frozen=True):
    """Wait for more of a body. The outcome is its bytes, none at the end, or a `Failure`."""

    body: Any


Steps = Generator[Open | Read | Pause, Any, None]


class Events(Generic[T]):
    """A stream of events, over all its connections.

    A stream that breaks or falls silent is opened again behind the last event, as often as the
    `retries` of the options allow without anything new; an event that comes twice is dropped.

    Attributes:
        ready: Events that have arrived, and not been taken.
        last_event_id: The id of the last event that was taken.
        cursor: How far the stream has been read.
        ended: Whether nothing more is to be read.
        left: Whether nobody wants more.
    """

    def __init__(
        self,
        connect: Callable[[str], Exchange],
        options: Options,
        streamed: Streamed | None,
        last_event_id: str = "",
    ) -> None:
        self._connect = connect
        self._options = options
        self.cursor = Cursor(streamed)
        self.ready: deque[ServerSentEvent] = deque()
        self.last_event_id = last_event_id
        self.ended = False
        self.left = False
        self._answer: Answer | None = None
        self._parser: EventParser | None = None

    def open(self) -> Steps:
        """Open the stream behind the last event.

        Raises:
            ArpError: If it cannot be opened.
        """
        self.ended = False
        self._answer = answer = yield Open(self._connect(self.last_event_id))
        response = answer.response
        if response.source is None:
            self.ended = True
            raise api_error(answer.request, response, answer.attempts)
        if self.left:
            self.hang_up()
            return
        content_type = response.headers.get("Content-Type", "")
        # 204 is how a service says that there is nothing more (WHATWG HTML, 9.2.3).
        parser = parser_for(content_type, self._options.max_response_bytes, self.last_event_id)
        if response.status_code == 204:
            self.hang_up()
        elif parser is None:
            self.hang_up()
            raise self._decode_error(f"the answer is {content_type or 'of no type'}, not a stream")
        else:
            self._parser = parser

    def receive(self) -> Steps:
        """Read until an event is ready, or the stream has ended.

        Raises:
            ArpError: If it breaks, over and over.
        """
        while not self.ready and not self.ended:
            if self._answer is None:
                yield from self.open()
                continue
            outcome = yield Read(self._answer.response.source)
            if self.left:
                self.hang_up()
            elif isinstance(outcome, Failure):
                self.hang_up()
                broken = failure_error(self._answer.request, outcome, self._answer.attempts)
                if isinstance(broken, ArpDecodeError) or not (yield from self._reopened()):
                    raise broken
            else:
                self._feed(outcome)
                # What the end completes comes first: it decides whether more is to be expected.
                if not outcome and not self.ready:
                    self.hang_up()
                    yield from self._reopened()

    def take(self) -> T | None:
        """The next event that is ready, or None where it was there before.

        Raises:
            ArpDecodeError: If it does not fit the contract.
            ArpApiError: If the service reports its own failure in place of an event.
        """
        try:
            received = self.ready.popleft()
        except IndexError:  # dropped meanwhile by a thread that left
            return None
        self.last_event_id = received.id
        event = self._decode(received)
        if not self.cursor.is_new(event):
            return None
        if self.cursor.over:
            self.hang_up()
        return event

    def leave(self) -> None:
        """Drop what has not been taken, and ask for nothing more."""
        self.left = True
        self.ready.clear()
        self.hang_up()

    def hang_up(self) -> None:
        """Free the connection."""
        self.ended = True
        if self.body is not None:
            self.body.close()

    @property
    def body(self) -> Any:
        """What is being read from, or None."""
        return None if self._answer is None else self._answer.response.source

    def _feed(self, chunk: bytes) -> None:
        too_long = ""
        parser = self._parser
        if parser is None:
            return
        try:
            self.ready += parser.feed(chunk) if chunk else parser.finish()
        except OverflowError as error:
            too_long = str(error)
        if too_long:
            self.ready.clear()
            self.hang_up()
            raise ArpResponseTooLargeError(too_long, **self._context())

    def _reopened(self) -> Generator[Open | Read | Pause, Any, bool]:
        """Open the stream again behind the last event, if that is worth it.

        Raises:
            ArpError: If it cannot be opened, again and again or for good.
        """
        retry_ms = None if self._parser is None else self._parser.retry_ms
        failed: ArpError | None = None
        while True:
            pause = self.cursor.pause_before_reconnect(self._options, retry_ms)
            if pause is None:
                if failed is not None:
                    raise failed
                return False
            yield Pause(pause)
            if self.left:
                return True
            try:
                yield from self.open()
                return self.left or not self.ended
            except (ArpConnectionError, ArpTimeoutError, ArpApiError) as error:
                if isinstance(error, ArpApiError) and error.status_code < 500:
                    raise
                failed = error.with_traceback(None)

    def _decode(self, event: ServerSentEvent) -> T:
        type_ = self._opened.operation.events
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
        answer = self._opened
        reporting = msgspec.structs.replace(answer.response, body=event.data)
        reported = api_error(answer.request, reporting, answer.attempts)
        if event.event == "error" and not reported.code.startswith("http_"):
            return reported
        return self._decode_error(reason, event.data)

    def _decode_error(self, reason: str, raw: bytes | None = None) -> ArpDecodeError:
        return ArpDecodeError(reason, raw=raw, **self._context())

    def _context(self) -> dict[str, Any]:
        return {
            "subject": "stream",
            "status_code": self._opened.response.status_code,
            "request": info(self._opened.request, self._opened.attempts),
        }

    @property
    def _opened(self) -> Answer:
        assert self._answer is not None  # noqa: S101  # events come of an answer
        return self._answer


class Progress(Generic[T]):
    """How far a stream has been read, as whoever iterates over it may ask."""

    _events: Events[T]

    @property
    def last_event_id(self) -> str:
        """The id of the last event, as the stream gave it; empty where it gives none."""
        return self._events.last_event_id

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The events that the stream left out, by their numbers."""
        return tuple(self._events.cursor.gaps)

    @property
    def complete(self) -> bool:
        """Whether the event has been seen after which no more come."""
        return self._events.cursor.over
