"""The state of an event stream over all its connections, as steps without I/O."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Any, Generic, TypeVar, get_type_hints

import msgspec

from arp_sdk.core._call.effects import CallResult, Compute, Pause, Read, Steps
from arp_sdk.core._call.errors import LARGER, api_error, failure_error, request_info
from arp_sdk.core._call.weight import LARGE_BODY, is_too_heavy
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
from arp_sdk.schema import decode_received

from .cursor import Cursor, Gap
from .sse import EventParser, JsonTextParser, ServerSentEvent, parser_for

T = TypeVar("T")

logger = logging.getLogger("arp_sdk")

# Bytes and seconds spent on a body that cannot be read, for the error.
_MOST_KEPT = 64 * 1024
_SECONDS_TO_READ = 5.0


class StreamState(Generic[T]):
    """A stream of events.

    A stream that breaks or falls silent is opened again after its last event, as often in a row
    as the `retries` of the options allow without a new event. An event that comes twice is
    dropped.

    Args:
        connect: Returns the steps that open the stream after the event with an id.
        streamed: The way in which events are numbered, or None where the contract does not say.
        last_event_id: The id of the event to begin after; empty for the first one.
        reopens: False to leave to the caller when a stream that broke is opened again.

    Attributes:
        ready: Events that have arrived and were not taken.
        last_event_id: The id of the last event that was taken.
        cursor: The position in the stream.
        ended: True if nothing more is to be read.
        left: True if nobody wants more.
    """

    def __init__(
        self,
        connect: Callable[[str], Steps[CallResult]],
        options: Options,
        streamed: Streamed | None,
        last_event_id: str = "",
        reopens: bool = True,
    ) -> None:
        self._connect = connect
        self._options = options
        self._reopens = reopens
        self.cursor = Cursor(streamed)
        self.ready: deque[ServerSentEvent] = deque()
        self.last_event_id = last_event_id
        self.ended = False
        self.left = False
        self._result: CallResult | None = None
        self._parser: EventParser | None = None
        self._type: Any = None

    def open(self) -> Steps[None]:
        """Open the stream after the last event."""
        self.ended = False
        if self._parser is not None and not self.ready:
            # An id may come without an event, after the last one.
            self.last_event_id = self._parser.last_event_id
        self._result = result = yield from self._connect(self.last_event_id)
        self._type = result.call.operation.events
        response = result.response
        if response.source is None:
            self.ended = True
            raise api_error(result.call, result.request, response)
        if self.left:
            self.hang_up()
            return
        content_type = response.headers.get("Content-Type", "")
        # A service sends 204 to say that no more will come (WHATWG HTML, 9.2.3).
        limit, declared = self._options.max_response_bytes, result.call.operation.streams
        parser = parser_for(content_type, limit, self.last_event_id, declared)
        if response.status_code == 204:
            self.hang_up()
        elif parser is None:
            raw = yield from self._unreadable()
            self.hang_up()
            raise self._decode_error(
                f"the response is {content_type or 'of no type'}, not a stream", raw
            )
        else:
            self._parser = parser

    def _unreadable(self) -> Steps[bytes]:
        """Return the beginning of a body that is not a stream, for the error."""
        pieces: list[bytes] = []
        clock, size = self._opened.call.clock, 0
        limit = min(_MOST_KEPT, self._options.max_response_bytes)
        until = clock() + _SECONDS_TO_READ
        while size < limit and clock() < until:
            chunk = yield Read(self._opened.response.source)
            if isinstance(chunk, Failure) or not chunk:
                break
            pieces.append(chunk)
            size += len(chunk)
        return b"".join(pieces)[:limit]

    def receive(self) -> Steps[None]:
        """Read until an event is ready or the stream has ended; only once with `reopens=False`."""
        while not self.ready and not self.ended:
            if self._result is None:
                yield from self.open()
                continue
            outcome: bytes | Failure = b""
            try:
                outcome = yield Read(self._result.response.source)
            except Exception:
                # Libraries raise various errors for a stream that another thread closed.
                if not self.left:
                    raise
            if self.left:
                self.hang_up()
            elif isinstance(outcome, Failure):
                self.hang_up()
                broken = failure_error(self._result.call, self._result.request, outcome)
                if isinstance(broken, ArpDecodeError) or not self._reopens:
                    raise broken
                if not (yield from self._reopen()) and not self.cursor.final:
                    raise broken
            else:
                self._feed(outcome)
                # Events that the end completes come first: they decide if more are expected.
                if not outcome and not self.ready:
                    self.hang_up()
                    if self._reopens:
                        yield from self._reopen()
                if not self._reopens:
                    return

    def take(self) -> T | None:
        """Return the next event that is ready, or None if it came before or is not the contract's.

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
        if event is None or not self.cursor.is_new(event):
            return None
        if self.cursor.over:
            self.hang_up()
        return event

    @property
    def is_large(self) -> bool:
        """True if the next event takes long to decode: take it with `take_apart`."""
        return bool(self.ready) and len(self.ready[0].data) > LARGE_BODY

    def take_apart(self) -> Steps[T | None]:
        """Take the next event as an effect."""
        event: T | None = yield Compute(self.take)
        return event

    def pause(self) -> float | None:
        """Return the seconds before the stream is opened again, or None to let it end."""
        retry_ms = None if self._parser is None else self._parser.retry_ms
        return self.cursor.pause_before_reconnect(self._options, retry_ms)

    def leave(self) -> None:
        """Drop the events that were not taken, and ask for nothing more."""
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
        """The body that is being read, or None."""
        return None if self._result is None else self._result.response.source

    def _feed(self, chunk: bytes) -> None:
        too_long = unreadable = ""
        parser = self._parser
        if parser is None:
            return
        try:
            self.ready += parser.feed(chunk) if chunk else parser.finish()
        except OverflowError as error:
            too_long = str(error)
        except ValueError as error:
            unreadable = f"the response is not a stream in a string of JSON: {error}"
        if unreadable and isinstance(parser, JsonTextParser):
            self.hang_up()
            raise self._decode_error(unreadable, parser.received)
        if too_long:
            self.ready.clear()
            self.hang_up()
            raise ArpResponseTooLargeError(too_long, hint=LARGER, **self._context())

    def _reopen(self) -> Steps[bool]:
        """Open the stream again after the last event, if more may come."""
        failed: ArpError | None = None
        while True:
            pause = self.pause()
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

    def _decode(self, event: ServerSentEvent) -> T | None:
        """Return the event's data as the contract's type; None for an event of another kind.

        Services keep a stream alive by events without data, and may add events of their own,
        which have a name.
        """
        type_, data = self._type, event.data
        if type_ is ServerSentEvent:
            return event  # type: ignore[return-value]  # T is ServerSentEvent here
        if not data:
            return None
        if len(data) > LARGE_BODY and is_too_heavy(data, self._options.max_response_bytes):
            limit = self._options.max_response_bytes
            what = f"an event has more values than max_response_bytes ({limit}) allows for"
            raise ArpResponseTooLargeError(what, hint=LARGER, **self._context())
        try:
            value: T = decode_received(data, type_)
            return value
        except ArpDecodeError as error:
            reason = error.message
        failure = self._event_error(event, reason)
        if isinstance(failure, ArpDecodeError) and not self._is_of_contract(event.event, type_):
            logger.debug("stream: ignored an event named %.100r: %s", event.event, reason)
            return None
        raise failure

    def _is_of_contract(self, name: str, type_: Any) -> bool:
        """Return True if an event without a name, or of this name, has to fit the contract."""
        if name == "message" or self.cursor.streamed is None:
            return name == "message"
        kinds = get_type_hints(type_).get(self.cursor.streamed.kind)
        return isinstance(kinds, type) and issubclass(kinds, Enum) and name in _values(kinds)

    def _event_error(self, event: ServerSentEvent, reason: str) -> ArpError:
        """Return the error for an event that does not fit the contract."""
        result = self._opened
        reporting = msgspec.structs.replace(result.response, body=event.data)
        reported = api_error(result.call, result.request, reporting)
        if event.event == "error" and not reported.code.startswith("http_"):
            return reported
        return self._decode_error(reason, event.data)

    def _decode_error(self, reason: str, raw: bytes | None = None) -> ArpDecodeError:
        return ArpDecodeError(reason, raw=raw, **self._context())

    def _context(self) -> dict[str, Any]:
        result = self._opened
        return {
            "subject": "stream",
            "status_code": result.response.status_code,
            "request": request_info(result.call, result.request, result.response),
        }

    @property
    def _opened(self) -> CallResult:
        assert self._result is not None  # noqa: S101  # events come of a response
        return self._result


class StreamProgress(Generic[T]):
    """The position of a stream, for the caller that iterates over it."""

    _state: StreamState[T]

    @property
    def last_event_id(self) -> str:
        """The id of the last event, or an empty string if the stream has no ids."""
        return self._state.last_event_id

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The missing events, by their numbers."""
        return tuple(self._state.cursor.gaps)

    @property
    def complete(self) -> bool:
        """True if the last event of the stream has arrived."""
        return self._state.cursor.final


def _values(kinds: type[Enum]) -> set[object]:
    return {kind.value for kind in kinds}
