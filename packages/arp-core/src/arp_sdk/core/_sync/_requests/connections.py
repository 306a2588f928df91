"""Connections of a synchronous client: sends a request by urllib3, or by the user's session."""

from __future__ import annotations

import math
import socket
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3

from arp_sdk.core._auth import Credentials
from arp_sdk.core._call.effects import Send
from arp_sdk.core._http.encodings import can_decode
from arp_sdk.core._http.messages import Failure, HttpRequest, HttpResponse
from arp_sdk.core._http.redaction import RedactedHeaders
from arp_sdk.core._transport.base import ORIGINS, ByOrigin, Transport
from arp_sdk.core._transport.certificates import Cert, Verify, is_context
from arp_sdk.core._transport.decompression import READ_SIZE, unpack
from arp_sdk.core._transport.failures import (
    DEADLINE_PASSED,
    proxy_responded,
    too_large,
    undecodable,
    without_tracebacks,
)
from arp_sdk.errors import ArpConfigError, ArpError

from .adapters import SslAdapter
from .deadline import Deadline, current_deadline
from .failures import failure_of, not_of_the_transport
from .patches import Patched, patched, pieces_in_place
from .pools import Route, route_to, send_by
from .sessions import FailedResponseError, HookError, send_by_session


class Connections(Transport):
    """A pool of connections, shared by a client and its `with_options` copies."""

    def __init__(
        self,
        *,
        session: requests.Session | None = None,
        verify: Verify | None = None,
        cert: Cert | None = None,
        proxies: Mapping[str, str | None] | None = None,
        pool_size: int = 32,
    ) -> None:
        if session is not None and not isinstance(session, requests.Session):
            raise ArpConfigError("session must be a requests.Session")
        super().__init__(
            verify=verify, cert=cert, proxies=proxies, pool_size=pool_size, own=session is None
        )
        if session is not None and is_context(self.verify):
            raise ArpConfigError(
                "session= and verify=ssl.SSLContext(...) exclude each other: "
                "mount an adapter with the context on the session"
            )
        # The user's, or the one whose connections the SDK uses by itself.
        self._session = session
        # The one that sends while other software watches, with what was in place when it was made.
        self._watched: tuple[tuple[Any, ...], requests.Session] | None = None
        self._routes = ByOrigin[Route]()

    def send(self, effect: Send, credentials: Credentials) -> HttpResponse | Failure:
        """Send a request and read its response to the end. Transport failures are returned."""
        started = time.monotonic()
        opened = self.open(effect, credentials, started)
        if isinstance(opened, Failure):
            return opened
        source, body = None, b""
        status = opened.status
        headers = RedactedHeaders(opened.headers)
        encoded = "Content-Encoding" in headers
        if status == 407 and (failure := self._proxy_refusal(opened, effect)):
            return failure
        if encoded and not can_decode(headers["Content-Encoding"]):
            _drop(opened)
            if status < 400:
                return undecodable(headers["Content-Encoding"], status)
        elif effect.leaves_body(status):
            source = Body(opened, effect.until)
        else:
            limit = effect.options.max_response_bytes
            read = _read(opened, limit, effect.deadline, encoded)
            if isinstance(read, Failure):
                return read
            body = read
        elapsed = time.monotonic() - started
        return HttpResponse(status, headers, body, effect.request.url, elapsed, source)

    def open(
        self, effect: Send, credentials: Credentials, started: float
    ) -> urllib3.BaseHTTPResponse | Failure:
        """Send a request and read the head of its response."""
        level = patched()
        session = self._session_for(level)
        remaining = effect.deadline - started
        if remaining <= 0:
            return Failure("deadline", DEADLINE_PASSED, sent=False)
        limits = effect.options.timeout
        # A stream may be silent for longer than is left to open it, which the deadline bounds.
        read = limits.read if effect.stream and self._own else min(limits.read, remaining)
        timeout = _timeout(min(limits.connect, remaining), read)
        deadline = Deadline(effect.deadline)
        before = current_deadline.set(deadline)
        try:
            headers = RedactedHeaders(effect.request.headers)
            signed = credentials.sign(headers)
            if signed and self._own and level is Patched.NOTHING:
                route = self._route(session, effect)
                response = send_by(route, effect.request, headers, timeout)
            else:
                response = send_by_session(
                    session,
                    effect,
                    credentials,
                    timeout,
                    self.settings_for(session, effect.request.url, effect.with_credentials),
                    own=self._own,
                    read=lambda raw: _read(raw, effect.options.max_response_bytes, effect.deadline),
                )
            if effect.leaves_body(response.status):
                # A stream may outlast the call that opened it; only its silences are limited.
                deadline.at = effect.until
            return response
        except ArpError:
            raise
        except FailedResponseError as failed:
            return failed.failure
        except HookError as raised:
            foreign = raised.error
        except Exception as error:
            other = not_of_the_transport(error)
            if other is None:
                # Not chained: the error, and the frames that it came through, hold credentials.
                proxy = self.proxy_of(session, effect.request.url)
                return failure_of(error, effect.deadline, proxy=proxy)
            foreign = other
        except BaseException as error:
            foreign = without_tracebacks(error)
        finally:
            current_deadline.reset(before)
        raise foreign

    def _route(self, session: requests.Session, effect: Send) -> Route:
        return self._routes.get(
            effect.request.url, effect.with_credentials, lambda: self._new_route(session, effect)
        )

    def _new_route(self, session: requests.Session, effect: Send) -> Route:
        request: HttpRequest = effect.request
        adapter = session.get_adapter(request.url)
        assert isinstance(adapter, SslAdapter)  # noqa: S101  # the SDK made the session
        settings = self.settings_for(session, request.url, effect.with_credentials)
        return route_to(request, adapter, settings)

    def _proxy_refusal(self, response: urllib3.BaseHTTPResponse, effect: Send) -> Failure | None:
        """Return the failure that a 407 means if a proxy passes requests on."""
        url = effect.request.url
        if not url.startswith("http:"):
            return None
        proxy = self.proxy_of(self._session or requests.Session(), url)
        if proxy is None:
            return None
        _drop(response)
        return proxy_responded(response.status, proxy)

    def _session_for(self, level: Patched) -> requests.Session:
        """Return the session to send by."""
        self._demand_open()
        session = self._session
        if not self._own and session is not None:
            return session
        if level is not Patched.NOTHING:
            return self._watched_session(level)
        if self._watched is not None:
            self._leave_watched()
        if session is None:
            session = self._open_session()
        return session

    def _open_session(self) -> requests.Session:
        with self._lock:
            self._demand_open()
            if self._session is None:
                from .sockets import Adapter

                self._session = _new_session(Adapter, self.pool_size)
            return self._session

    def _watched_session(self, level: Patched) -> requests.Session:
        """Return a session for what is in place now: a recorder's stubs are not to outlive it."""
        pieces = (requests.Session, *pieces_in_place())
        with self._lock:
            self._demand_open()
            if self._watched is None or self._watched[0] != pieces:
                if self._watched is not None:
                    self._watched[1].close()
                self._watched = pieces, _watched_session(level, self.pool_size, self.verify)
            return self._watched[1]

    def _leave_watched(self) -> None:
        with self._lock:
            watched, self._watched = self._watched, None
        if watched is not None:
            watched[1].close()

    def _demand_open(self) -> None:
        if self.closed:
            raise ArpConfigError("the client is closed")

    def close(self) -> None:
        """Close the pool, unless the session is the user's own."""
        with self._lock:
            self.closed = True
            session, self._session = self._session, None
            self._routes.clear()
        self._leave_watched()
        if session is not None and self._own:
            session.close()

    def forget_after_fork(self) -> None:
        """Leave the parent's connections to the parent."""
        super().forget_after_fork()
        self._watched = None
        if self._own:
            self._session = None
            self._routes.clear()

    def __del__(self) -> None:
        if getattr(self, "_own", False) and (self._session or self._watched):
            warnings.warn(
                "an ARP client was dropped open: call close()", ResourceWarning, stacklevel=2
            )
            # At the end of the process, what closing needs may be gone.
            with suppress(Exception):
                self.close()


class Body:
    """The body of a streamed response."""

    def __init__(self, response: urllib3.BaseHTTPResponse, until: float = math.inf) -> None:
        self._response = response
        self._until = until

    def read(self) -> bytes | Failure:
        """Return what has arrived, waiting for it if there is nothing; empty at the end."""
        try:
            # read1 hands over what has arrived; read waits until the buffer is full.
            chunk: bytes = self._response.read1(READ_SIZE, decode_content=True)
            return chunk
        except Exception as error:
            foreign = not_of_the_transport(error, in_body=True)
            if foreign is None:
                return failure_of(error, self._until, self._response.status)
        raise foreign

    def interrupt(self) -> None:
        """Wake a thread that waits for the next bytes: closing would wait for it."""
        connection = getattr(self._response, "connection", None)
        sock = getattr(connection, "sock", None)
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Free the connection."""
        _drop(self._response)


def _new_session(adapter: type[SslAdapter], pool_size: int) -> requests.Session:
    session = _bare_session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, adapter(pool_connections=ORIGINS, pool_maxsize=pool_size))
    return session


def _watched_session(level: Patched, pool_size: int, verify: Any) -> requests.Session:
    if level is Patched.REQUESTS:
        from .sockets import Adapter

        return _new_session(Adapter, pool_size)
    if is_context(verify):
        return _new_session(SslAdapter, pool_size)
    # With the adapters that `requests` has now.
    return _bare_session()


def _bare_session() -> requests.Session:
    session = requests.Session()
    # One client serves many threads and users: no service may plant state in it.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.clear()
    return session


@lru_cache(maxsize=64)
def _timeout(connect: float, read: float) -> urllib3.Timeout:
    return urllib3.Timeout(connect=connect, read=read)


def _read(
    response: urllib3.BaseHTTPResponse, limit: int, deadline: float, encoded: bool = True
) -> bytes | Failure:
    """Return the whole body, decoded, within the limit and the deadline."""
    try:
        length = response.length_remaining
        if length is not None and length <= limit and not encoded:
            return response.read()
        body = unpack(response, limit)
    except Exception as error:
        _drop(response)
        foreign = not_of_the_transport(error, in_body=True)
        if foreign is None:
            return failure_of(error, deadline, response.status)
    except BaseException:
        _drop(response)
        raise
    else:
        if body is None:
            _drop(response)
            return too_large(limit, response.status)
        return body
    raise foreign


def _drop(response: urllib3.BaseHTTPResponse) -> None:
    response.close()
    response.release_conn()
