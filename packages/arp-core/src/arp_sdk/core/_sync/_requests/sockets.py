"""Connections that know the call's deadline.

A socket's timeout starts anew with every byte, so a server that drips one byte a second, in
the headers or the body, never runs into it. Each read here waits at most until the deadline.
"""

from __future__ import annotations

import http.client
import io
import math
import socket
import threading
import time
from typing import Any, Literal

import msgspec
import requests.adapters
import urllib3.connection
import urllib3.connectionpool


class Deadline(msgspec.Struct):
    """When reading an answer must end, by `time.monotonic()`; may be moved while it is read."""

    at: float


class _Current(threading.local):
    deadline: Deadline | None = None


_current = _Current()


def use_deadline(deadline: Deadline | None) -> Deadline | None:
    """Let answers that this thread begins to read end by the deadline; the one before."""
    before, _current.deadline = _current.deadline, deadline
    return before


class _DeadlineReader(io.RawIOBase):
    """A socket's raw reader whose every read ends by the deadline."""

    def __init__(self, raw: Any, sock: socket.socket, deadline: Deadline) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline
        self._idle = sock.gettimeout()
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        remaining = self._deadline.at - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the deadline has passed")
        limit = remaining if self._idle is None else min(remaining, self._idle)
        if limit != self._sock.gettimeout():
            self._sock.settimeout(limit)
        count = self._sock.recv_into(buffer)
        self.ended = count == 0
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _Source:
    """A socket, as far as an answer wants one, that is read within a deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def makefile(self, mode: Literal["rb"]) -> io.BufferedReader:
        raw = self._sock.makefile(mode, buffering=0)
        self.reader = _DeadlineReader(raw, self._sock, self._deadline)
        return io.BufferedReader(self.reader)


class _Response(http.client.HTTPResponse):
    """An answer that is read within the deadline, whose head is checked, behind any 1xx."""

    _reader: _DeadlineReader | None = None

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        deadline = _current.deadline
        if deadline is None:
            super().__init__(sock, *args, **kwargs)
        else:
            source = _Source(sock, deadline)
            super().__init__(source, *args, **kwargs)  # type: ignore[arg-type]
            self._reader = source.reader

    def begin(self) -> None:
        super().begin()
        # The standard library skips 100 only, and takes a 103 (early hints) for the answer.
        while 100 <= self.status < 200 and self.status != http.client.SWITCHING_PROTOCOLS:
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()
        self._check_head()

    def _read_next_chunk_size(self) -> int:
        # Called by the standard library, which takes -1 for "read until the end".
        size: int = super()._read_next_chunk_size()  # type: ignore[misc]
        if size < 0:
            raise http.client.IncompleteRead(b"")
        return size

    def _check_head(self) -> None:
        """Refuse what the standard library overlooks, and would take for an answer."""
        if self._reader is not None and self._reader.ended:
            raise http.client.IncompleteRead(b"")
        for name, value in self.headers.raw_items():
            # RFC 9112, 6.3: a length that is none leaves the end of the body unknown.
            if name.lower() == "content-length" and not _is_length(value):
                raise http.client.BadStatusLine(name)


def _is_length(value: str) -> bool:
    # Several of them are for urllib3 to judge.
    return all(part.strip().isdecimal() for part in value.split(","))


class _Uploading:
    """Sends within the deadline: urllib3 lets the connect timeout bound a whole upload."""

    sock: socket.socket | None
    timeout: float | None

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        if self.sock is not None:
            self.sock.settimeout(self._time_to_send())

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            self.timeout = self._time_to_send()
        super().request(*args, **kwargs)  # type: ignore[misc]

    def _time_to_send(self) -> float | None:
        deadline = _current.deadline
        if deadline is None or deadline.at == math.inf:
            return self.timeout
        return max(0.001, deadline.at - time.monotonic())


class _HTTPConnection(_Uploading, urllib3.connection.HTTPConnection):
    response_class = _Response


class _HTTPSConnection(_Uploading, urllib3.connection.HTTPSConnection):
    response_class = _Response


class _HTTPPool(urllib3.connectionpool.HTTPConnectionPool):
    ConnectionCls = _HTTPConnection  # pyright: ignore[reportAssignmentType]


class _HTTPSPool(urllib3.connectionpool.HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection  # pyright: ignore[reportAssignmentType]


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class Adapter(requests.adapters.HTTPAdapter):
    """The adapter of a session that the SDK made. `send` is inherited: mocks intercept it."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = _POOLS
        return manager

    def close(self) -> None:
        # urllib3 2 only forgets its pools, and closes their sockets when they are collected.
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            with manager.pools.lock:
                pools = [manager.pools[key] for key in manager.pools.keys()]  # noqa: SIM118
            for pool in pools:
                pool.close()
        super().close()
