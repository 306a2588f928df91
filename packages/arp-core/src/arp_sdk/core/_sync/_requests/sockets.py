"""Connections that know the call's deadline, and pools that drop idle ones.

A socket's timeout starts anew with every byte, so a server that sends one byte a second, in the
head or the body, never exceeds it. Each read here waits at most until the deadline.

Import this only while urllib3's connections are in place: recorders replace them by stubs, which
the classes here would be made of for good.
"""

from __future__ import annotations

import email.errors
import http.client
import io
import math
import queue
import socket
import ssl
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import urllib3.connection
import urllib3.connectionpool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util import connection as addresses

from arp_sdk.core._transport.certificates import CONTEXTS, Cert, is_context
from arp_sdk.core._transport.interruptions import from_signal_handler
from arp_sdk.core._transport.tcp import IDLE_LIMIT, keep_alive

from .adapters import SslAdapter
from .deadline import Deadline, current_deadline

_UNREADABLE = (
    email.errors.MissingHeaderBodySeparatorDefect,
    email.errors.FirstHeaderLineIsContinuationDefect,
    email.errors.MisplacedEnvelopeHeaderDefect,
    email.errors.InvalidHeaderDefect,
)

# Bytes. Since Python 3.14 the default is 128 KiB, which each response would allocate.
_BUFFER = 8192
# Of one address of a host, whatever the number of the others.
_SHORTEST_ATTEMPT = 1.0


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
    """The part of a socket that a response uses, read within a deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def makefile(self, mode: Literal["rb"]) -> io.BufferedReader:
        raw = self._sock.makefile(mode, buffering=0)
        self.reader = _DeadlineReader(raw, self._sock, self._deadline)
        return io.BufferedReader(self.reader, _BUFFER)


class _Response(http.client.HTTPResponse):
    """A response that is read within the deadline, and whose head is checked."""

    _reader: _DeadlineReader | None = None

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        deadline = current_deadline.get()
        if deadline is None:
            super().__init__(sock, *args, **kwargs)
        else:
            source = _Source(sock, deadline)
            super().__init__(source, *args, **kwargs)  # type: ignore[arg-type]
            self._reader = source.reader

    def begin(self) -> None:
        super().begin()
        # The standard library skips 100 only, and takes a 103 (early hints) for the response.
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
        """Refuse a head that the standard library reads a part of, and read Content-Length.

        It drops a line that it cannot read with all lines after it, and a length that it cannot
        read: the end of the body is unknown then, and waited for until the timeout.
        """
        if self._reader is not None and self._reader.ended:
            raise http.client.IncompleteRead(b"")
        headers = self.headers
        if headers.defects and any(isinstance(each, _UNREADABLE) for each in headers.defects):
            raise http.client.BadStatusLine("headers")
        lengths = [value for name, value in headers.raw_items() if name.lower() == "content-length"]
        if lengths and (len(lengths) > 1 or not _is_length(lengths[0])):
            self._settle_length([part.strip() for value in lengths for part in value.split(",")])

    def _settle_length(self, lengths: list[str]) -> None:
        """Take the same length several times for that length (RFC 9112, 6.3)."""
        first = lengths[0]
        if not _is_length(first) or lengths.count(first) < len(lengths):
            raise http.client.BadStatusLine("Content-Length")
        self.headers.replace_header("Content-Length", first)
        if self.length is None and not self.chunked:
            self.length = int(first)


def _is_length(text: str) -> bool:
    # Python refuses to read thousands of digits.
    return text.isdecimal() and text.isascii() and len(text) < 20


class _HTTPConnection(urllib3.connection.HTTPConnection):
    """A connection that is made, and sends, within the timeout and the deadline."""

    response_class = _Response
    used_at: float = math.inf

    def _new_conn(self) -> socket.socket:
        """Connect to the first address of the host that responds.

        urllib3 gives each of the addresses the whole timeout, and goes on with the next one after
        an error that a signal handler raised.
        """
        ends = math.inf if self.timeout is None else time.monotonic() + self.timeout
        failed: OSError = OSError("the host name has no address")
        try:
            found = socket.getaddrinfo(
                self._dns_host.strip("[]"),
                self.port,
                addresses.allowed_gai_family(),
                socket.SOCK_STREAM,
            )
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        for number, address in enumerate(found):
            remaining = ends - time.monotonic()
            share = min(remaining, max(remaining / (len(found) - number), _SHORTEST_ATTEMPT))
            try:
                sock = self._connect_to(address, share)
            except OSError as error:
                if from_signal_handler([error]):
                    raise
                failed = error
            else:
                sys.audit("http.client.connect", self, self.host, self.port)
                return sock
        if isinstance(failed, TimeoutError):
            raise ConnectTimeoutError(self, "timed out") from failed
        raise NewConnectionError(self, "failed") from failed

    def _connect_to(self, found: tuple[Any, ...], timeout: float) -> socket.socket:
        family, kind, protocol, _, address = found
        sock = socket.socket(family, kind, protocol)
        try:
            for option in self.socket_options or ():
                sock.setsockopt(*option)
            keep_alive(sock)
            sock.settimeout(None if timeout == math.inf else max(timeout, 0.001))
            if self.source_address:
                sock.bind(self.source_address)
            sock.connect(address)
        except BaseException:
            sock.close()
            raise
        return sock

    def connect(self) -> None:
        super().connect()
        if self.sock is not None:
            self.sock.settimeout(self._time_to_send())

    def request(self, *args: Any, **kwargs: Any) -> None:
        # urllib3 lets the connect timeout bound a whole upload.
        if self.sock is not None:
            self.timeout = self._time_to_send()
        super().request(*args, **kwargs)

    def _time_to_send(self) -> float | None:
        deadline = current_deadline.get()
        if deadline is None or deadline.at == math.inf:
            return self.timeout
        return max(0.001, deadline.at - time.monotonic())


class _HTTPSConnection(_HTTPConnection, urllib3.connection.HTTPSConnection):
    """A connection whose SSL context follows the files that it is made of."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._context_is_given = self.ssl_context is not None
        self._verify = self._take_verify()
        self._cert = self._take_cert()
        self._proxy_config = self.proxy_config

    def _take_verify(self) -> bool | str:
        """Return where to look for authorities, and keep urllib3 from loading them again."""
        bundle = self.ca_certs or self.ca_cert_dir or True
        self.ca_certs = self.ca_cert_dir = None
        return False if self.cert_reqs in ("CERT_NONE", ssl.CERT_NONE) else bundle

    def _take_cert(self) -> Cert | None:
        certificate, key = self.cert_file, self.key_file
        self.cert_file = self.key_file = None
        return (certificate, key) if certificate and key else certificate or None

    def connect(self) -> None:
        # A proxy is not to see the client certificate: it is for the service.
        if self.proxy is not None and self._tunnel_host is None:
            self.ssl_context = CONTEXTS.get(self._verify, None)
        elif not self._context_is_given:
            self.ssl_context = CONTEXTS.get(self._verify, self._cert)
        super().connect()

    def _connect_tls_proxy(self, hostname: str, sock: socket.socket) -> ssl.SSLSocket:
        if self._proxy_config is not None and self._proxy_config.ssl_context is None:
            context = CONTEXTS.get(self._verify, None)
            self.proxy_config = self._proxy_config._replace(ssl_context=context)
        return super()._connect_tls_proxy(hostname, sock)


class _HTTPPool(urllib3.connectionpool.HTTPConnectionPool):
    """A pool that closes connections that were idle for too long, and those beyond its size."""

    ConnectionCls = _HTTPConnection  # pyright: ignore[reportAssignmentType]
    pool: Any

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection: Any = super()._get_conn(timeout)
        # A load balancer forgets an idle connection without a word.
        if time.monotonic() - connection.used_at > IDLE_LIMIT:
            connection.close()
            self._close_idle()
        return connection

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.used_at = time.monotonic()
        try:
            self.pool.put(conn, block=False)
        # urllib3 logs a warning about each connection beyond the size of the pool.
        except (queue.Full, AttributeError):
            if conn is not None:
                conn.close()

    def _close_idle(self) -> None:
        """Close the rest of the pool, which was used even longer ago."""
        kept = []
        try:
            while True:
                kept.append(self.pool.get(block=False))
        except (queue.Empty, AttributeError):
            pass
        for connection in reversed(kept):
            if connection is not None:
                connection.close()
            with suppress(queue.Full, AttributeError):
                self.pool.put(connection, block=False)


class _HTTPSPool(_HTTPPool, urllib3.connectionpool.HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection  # pyright: ignore[reportAssignmentType]

    def _validate_conn(self, conn: Any) -> None:
        # urllib3 warns about each request without certificate checks; the client did so once.
        if conn.is_closed:
            conn.connect()


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class Adapter(SslAdapter):
    """The adapter of a session that the SDK made, on connections that know the deadline."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = _POOLS
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ARG002
        """Set what the connections of a pool load; they say themselves which file is missing.

        For http, too: the proxy on the way may be one of https, and receive its password.
        """
        if is_context(verify):
            return
        folder = isinstance(verify, str) and Path(verify).is_dir()
        conn.cert_reqs = "CERT_REQUIRED" if verify else "CERT_NONE"
        conn.ca_certs = verify if isinstance(verify, str) and not folder else None
        conn.ca_cert_dir = verify if folder else None
        conn.cert_file, conn.key_file = cert if isinstance(cert, tuple) else (cert, None)
