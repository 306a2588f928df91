"""The one place that does I/O for the synchronous clients."""

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
import urllib3.exceptions as u3
from requests.cookies import get_cookie_header

from arp_sdk.core._auth import Credentials
from arp_sdk.core._call.effects import Send
from arp_sdk.core._http.messages import Failure, HttpRequest, HttpResponse
from arp_sdk.core._http.redaction import RedactedHeaders
from arp_sdk.core._transport.base import ORIGINS, ByOrigin, Transport
from arp_sdk.core._transport.decompression import READ_SIZE, unpack
from arp_sdk.core._transport.failures import DEADLINE_PASSED, too_large
from arp_sdk.core._transport.prepared import authenticated, prepare
from arp_sdk.errors import ArpConfigError, ArpError

from .failures import failure_of
from .pools import Route, is_watched, route_to, send_by
from .sockets import Adapter, Deadline, use_deadline

_SESSION_DEFAULTS = frozenset(
    (name.lower(), value) for name, value in requests.utils.default_headers().items()
)


class Connections(Transport):
    """A pool of connections, shared by a client and its `with_options` copies.

    Args:
        session: A session of the user's own, or None to make one.
        verify: As in `requests`: whether to check certificates, or the path of a CA bundle.
        cert: As in `requests`: path of a client certificate, or (certificate, key).
        proxies: As in `requests`: proxy URL by scheme.
        pool_size: Connections kept open for each origin.
    """

    def __init__(
        self,
        *,
        session: requests.Session | None = None,
        verify: bool | str | None = None,
        cert: str | tuple[str, str] | None = None,
        proxies: Mapping[str, str] | None = None,
        pool_size: int = 32,
    ) -> None:
        if session is not None and not isinstance(session, requests.Session):
            raise ArpConfigError("session must be a requests.Session")
        super().__init__(
            verify=verify, cert=cert, proxies=proxies, pool_size=pool_size, own=session is None
        )
        self._session = session
        self._routes = ByOrigin[Route]()

    def send(self, effect: Send, credentials: Credentials) -> HttpResponse | Failure:
        """Send a request and read its answer to the end. Transport failures are returned."""
        started = time.monotonic()
        opened = self.open(effect, credentials, started)
        if isinstance(opened, Failure):
            return opened
        source, body = None, b""
        if effect.leaves_body(opened.status):
            source = Body(opened)
        else:
            read = _read(opened, effect.options.max_response_bytes, effect.deadline)
            if isinstance(read, Failure):
                return read
            body = read
        headers = RedactedHeaders(opened.headers)
        elapsed = time.monotonic() - started
        return HttpResponse(opened.status, headers, body, effect.request.url, elapsed, source)

    def open(
        self, effect: Send, credentials: Credentials, started: float
    ) -> urllib3.BaseHTTPResponse | Failure:
        """Send a request and read the answer's head."""
        session = self.session()
        remaining = effect.deadline - started
        if remaining <= 0:
            return Failure("deadline", DEADLINE_PASSED, sent=False)
        limits = effect.options.timeout
        timeout = _timeout(min(limits.connect, remaining), min(limits.read, remaining))
        deadline = Deadline(effect.deadline)
        before = use_deadline(deadline)
        try:
            headers = RedactedHeaders(effect.request.headers)
            signed = not effect.with_credentials or credentials.sign(headers)
            if signed and self._own and not is_watched():
                request = effect.request
                route = self._routes.get(request.url, lambda: self._new_route(session, request))
                response = send_by(route, request, headers, timeout)
            else:
                response = self._send_by_session(session, effect, credentials, timeout)
            if effect.leaves_body(response.status):
                # A stream may outlast the call that opened it; only its silences are limited.
                deadline.at = math.inf
            return response
        except ArpError:
            raise
        except Exception as error:
            # Not chained: the error, and the frames behind it, hold the credentials.
            return failure_of(error, effect.deadline)
        finally:
            use_deadline(before)

    def _new_route(self, session: requests.Session, request: HttpRequest) -> Route:
        return route_to(request, session, self.settings_for(session, request.url))

    def _send_by_session(
        self,
        session: requests.Session,
        effect: Send,
        credentials: Credentials,
        timeout: urllib3.Timeout,
    ) -> urllib3.BaseHTTPResponse:
        """Send as `requests` does: for its own credentials, sessions of users, and mocks."""
        prepared = _prepare(session, self._own, effect)
        if effect.with_credentials:
            prepared = authenticated(prepared, credentials)
        response = session.send(
            prepared,
            stream=True,
            allow_redirects=False,
            timeout=timeout,
            **self.settings_for(session, effect.request.url),
        )
        raw: urllib3.BaseHTTPResponse = response.raw
        return raw

    def session(self) -> requests.Session:
        session = self._session
        if session is None:
            with self._lock:
                if self.closed:
                    raise ArpConfigError("the client is closed")
                session = self._session = self._session or _new_session(self.pool_size)
        elif self.closed:
            raise ArpConfigError("the client is closed")
        return session

    def close(self) -> None:
        """Close the pool, unless the session is the user's own."""
        with self._lock:
            self.closed = True
            session, self._session = self._session, None
            self._routes.clear()
        if session is not None and self._own:
            session.close()

    def forget_after_fork(self) -> None:
        """Leave the parent's connections to the parent."""
        super().forget_after_fork()
        if self._own:
            self._session = None
            self._routes.clear()

    def __del__(self) -> None:
        if getattr(self, "_own", False) and self._session is not None:
            warnings.warn(
                "an ARP client was dropped open: call close()", ResourceWarning, stacklevel=2
            )
            self._session.close()


class Body:
    """The body of a streamed answer."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response

    def read(self) -> bytes | Failure:
        """What has arrived, waiting for it if there is nothing; empty at the end."""
        try:
            # read1 hands over what has arrived; read waits until the buffer is full.
            chunk: bytes = self._response.read1(READ_SIZE, decode_content=True)
            return chunk
        except (u3.HTTPError, OSError, ValueError) as error:
            return failure_of(error, math.inf, self._response.status)

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


def _new_session(pool_size: int) -> requests.Session:
    session = requests.Session()
    # One client serves many threads and users: no service may plant state in it.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.clear()
    for scheme in ("https://", "http://"):
        session.mount(scheme, Adapter(pool_connections=ORIGINS, pool_maxsize=pool_size))
    return session


def _prepare(session: requests.Session, own: bool, effect: Send) -> requests.PreparedRequest:
    prepared = prepare(effect.request)
    prepared.hooks = {"response": [_hide_location]}
    if not own:
        if effect.with_credentials:
            _merge_session(session, prepared)
        for event, hooks in session.hooks.items():
            prepared.hooks[event] = [*hooks, *prepared.hooks.get(event, [])]
    return prepared


def _hide_location(response: requests.Response, **_: Any) -> None:
    """Keep `requests` from working on a redirect, which reads its whole body, without limit."""
    response.headers.pop("Location", None)


def _merge_session(session: requests.Session, prepared: requests.PreparedRequest) -> None:
    """What a user set on a session of their own applies, as with plain `requests`."""
    for name, value in session.headers.items():
        text = value if isinstance(value, str) else value.decode("latin-1")
        if (name.lower(), text) not in _SESSION_DEFAULTS:
            prepared.headers.setdefault(name, text)
    cookie = get_cookie_header(session.cookies, prepared)
    if cookie:
        prepared.headers.setdefault("Cookie", cookie)
    if session.auth is not None and "Authorization" not in prepared.headers:
        prepared.prepare_auth(session.auth, prepared.url or "")


@lru_cache(maxsize=64)
def _timeout(connect: float, read: float) -> urllib3.Timeout:
    return urllib3.Timeout(connect=connect, read=read)


def _read(response: urllib3.BaseHTTPResponse, limit: int, deadline: float) -> bytes | Failure:
    """The whole body, decompressed, within the limit and the deadline."""
    try:
        length = response.length_remaining
        if length is not None and length <= limit and "Content-Encoding" not in response.headers:
            return response.read()
        body = unpack(response, limit)
    # http.client raises a ValueError for a chunk of a negative size.
    except (u3.HTTPError, OSError, ValueError) as error:
        _drop(response)
        return failure_of(error, deadline, response.status)
    if body is None:
        _drop(response)
        return too_large(limit, response.status)
    return body


def _drop(response: urllib3.BaseHTTPResponse) -> None:
    response.close()
    response.release_conn()
