"""Connections that take an answer for what it is, where aiohttp is of another mind.

As on the synchronous side: an answer that is complete counts, whatever comes behind it, and one
that breaks off is not complete.
"""

from __future__ import annotations

import functools
import re
from contextvars import ContextVar
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler

_HEAD_ENDS = b"\r\n\r\n"
_INTERIM = rb"HTTP/1\.1 1(?!01)\d\d[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n"
_MANY_INTERIM = re.compile(rb"\A(?:%b)+(?=%b)" % (_INTERIM, _INTERIM))


class Attempt:
    """Whether an attempt had a connection: only then may it have arrived."""

    def __init__(self, connected: bool) -> None:
        self.connected = connected


attempt_of_task: ContextVar[Attempt] = ContextVar("attempt_of_task")


class Connector(aiohttp.TCPConnector):
    """Makes the connections of a session that the SDK made."""

    def __init__(self) -> None:
        super().__init__(limit=0)
        factory: Any = functools.partial(_Answers, loop=self._loop)
        self._factory = factory

    async def connect(self, *args: Any, **kwargs: Any) -> Any:
        connection = await super().connect(*args, **kwargs)
        attempt_of_task.get().connected = True
        return connection


class _Answers(ResponseHandler):
    """Reads the answers of one connection."""

    _in_head = True

    def set_response_params(self, **params: Any) -> None:
        self._in_head = True
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        # In one piece with an answer, what is wrong behind it would be the answer's.
        while self._in_head and _HEAD_ENDS in data:
            head, _, data = data.partition(_HEAD_ENDS)
            super().data_received(head + _HEAD_ENDS)
            # All tasks wait while this one is flooded: one head is as good as a thousand.
            data = _MANY_INTERIM.sub(b"", data, 1) if data.startswith(b"HTTP/1.1 1") else data
            if not data:
                return
        super().data_received(data)
        error = self.exception()
        if error is not None:
            self._break_off(error)

    def feed_data(self, data: Any, size: int = 0) -> None:
        message, _ = data
        self._in_head = message.code < 200
        super().feed_data(data, size)

    def connection_lost(self, exc: BaseException | None) -> None:
        if exc is not None:
            # Else a body that lasts until the end of the connection had come to its end.
            self._break_off(exc)
        super().connection_lost(exc)

    def close(self) -> None:
        # At once: else the rest of a request goes on being sent to a server that does not read.
        self.abort()

    def _break_off(self, error: BaseException) -> None:
        payload = self._payload
        if payload is not None and not payload.is_eof() and payload.exception() is None:
            broken = aiohttp.ClientPayloadError("the answer broke off")
            broken.__cause__ = error
            payload.set_exception(broken)
