"""One streamed response: its events, heartbeats and end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from arp_sdk.core import Operation, ServerSentEvent, Streamed
from arp_sdk.schema import encode_json
from arp_sdk.server._service import Event

from .disconnect import uncancel
from .request import Message, Receive, Request, Send
from .responses import NDJSON

# An async generator raises its errors with its first event. Until then, or for this time, the
# response does not start, so that they can become error responses.
_START_SECONDS = 0.25


class OpenStream:
    """A streamed response.

    The next event is taken from the service when the server has room for it: a reader that stalls
    stops its own stream.

    Args:
        request: The request.
        start: The first message of the response.
        events: The events of the service.
        chunk: Writes an event.
        comment: Bytes that clients ignore, as a heartbeat.
        heartbeat: Seconds of silence before a heartbeat.
        at_once: True if the response starts before the first event.
    """

    # There may be thousands.
    __slots__ = (
        *("_beat", "_chunk", "_comment", "_events", "_heartbeat", "_is_complete", "_is_over"),
        *("_last_sent", "_loop", "_request", "_send", "_sending", "_start", "_start_after"),
        *("_timer", "_waiting"),
    )

    def __init__(
        self,
        request: Request,
        start: Message,
        events: AsyncIterator[Any],
        chunk: Callable[[Any], bytes],
        comment: bytes,
        heartbeat: float,
        *,
        at_once: bool,
    ) -> None:
        self._request = request
        self._start: Message | None = start
        self._events = events
        self._chunk = chunk
        self._comment = comment
        self._heartbeat = heartbeat
        self._start_after = 0.0 if at_once else _START_SECONDS
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Task[object] | None = None
        self._is_over = False
        self._is_complete = False
        self._sending = asyncio.Lock()
        self._last_sent = self._loop.time()
        self._beat: asyncio.Task[None] | None = None

    async def run(self, receive: Receive, send: Send) -> None:
        """Send the response, until the events or the connection end, or `stop` is called.

        Raises:
            Exception: The error of the service. If the response has started, the server closes
                the connection, so that the client sees that the stream is not complete.
        """
        self._send = send
        self._waiting = asyncio.current_task()
        pump = self._loop.create_task(self._pump(), name="arp_sdk.server stream")
        pump.add_done_callback(self._end)
        self._timer = self._loop.call_later(self._start_after, self._tick)
        is_gone = False
        try:
            while not is_gone:
                is_gone = (await receive())["type"] == "http.disconnect"
        except asyncio.CancelledError:
            if not self._is_over:
                raise
            uncancel(self._waiting)
        finally:
            self._waiting = None
            self._timer.cancel()
            tasks = [task for task in (pump, self._beat) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if not pump.cancelled():
            pump.result()
        elif not is_gone:
            await self._put(b"", more=False)

    def stop(self) -> None:
        """End the response as if the events had ended."""
        self._end()

    def _end(self, _: object = None) -> None:
        if self._waiting is not None and not self._is_over:
            self._is_over = True
            self._waiting.cancel()

    async def _pump(self) -> None:
        try:
            async for event in self._events:
                await self._put(self._chunk(event))
        finally:
            close = getattr(self._events, "aclose", None)
            if close is not None:
                await close()
        await self._put(b"", more=False)

    async def _put(self, data: bytes, more: bool = True) -> None:
        async with self._sending:
            if self._is_complete:
                return  # A heartbeat was waiting while the last message was sent.
            self._is_complete = not more
            if self._start is not None:
                await self._send(self._start)
                self._start, self._request.has_started = None, True
            await self._send({"type": "http.response.body", "body": data, "more_body": more})
            self._last_sent = self._loop.time()

    def _tick(self) -> None:
        due = self._last_sent + self._heartbeat
        now = self._loop.time()
        # A reader that does not read gets no heartbeats on top.
        if not self._sending.locked() and (self._start is not None or now >= due):
            data = self._comment if self._start is None else b""
            self._beat = self._loop.create_task(self._put(data))
            due = now + self._heartbeat
        self._timer = self._loop.call_at(max(due, now + self._heartbeat / 10), self._tick)


def chunk_writer(
    operation: Operation[Any], numbering: Streamed | None, media_type: str
) -> Callable[[Any], bytes]:
    """Return the function that writes an event of an operation, checked against the contract."""
    type_ = operation.events

    def write(event: Any) -> bytes:
        name = id_ = ""
        data = event
        if isinstance(event, Event):
            data, name, id_ = event.data, event.name, event.id
        elif isinstance(event, ServerSentEvent):
            return event.data + b"\n" if media_type == NDJSON else _server_sent(event)
        elif numbering is not None:
            id_, name = str(getattr(event, numbering.seq)), str(getattr(event, numbering.kind))
        encoded = encode_json(data, type_)
        if media_type == NDJSON:
            return encoded + b"\n"
        head = (f"id: {_line(id_)}\n" if id_ else "") + (f"event: {_line(name)}\n" if name else "")
        return b"%bdata: %b\n\n" % (head.encode(), encoded)

    return write


def _line(text: str) -> str:
    """Return a text without line ends, which would begin another field."""
    return text.replace("\r", " ").replace("\n", " ")


def _server_sent(event: ServerSentEvent) -> bytes:
    fields = [b"id: " + _line(event.id).encode()] if event.id else []
    if event.event != "message":
        fields.append(b"event: " + _line(event.event).encode())
    fields += [b"data: " + line for line in event.data.splitlines() or [b""]]
    return b"\n".join(fields) + b"\n\n"
