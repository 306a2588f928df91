"""Sends requests and reads responses with aiohttp."""

from __future__ import annotations

import asyncio
import io
import math
import ssl
import sys
import time
import warnings
from collections.abc import Mapping
from typing import Any

import aiohttp
import requests
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from yarl import URL

from arp_sdk.core._auth import Credentials
from arp_sdk.core._call.effects import Send
from arp_sdk.core._http.encodings import can_decode
from arp_sdk.core._http.messages import Failure, HttpRequest, HttpResponse
from arp_sdk.core._http.redaction import RedactedHeaders
from arp_sdk.core._transport.base import ByOrigin, Transport, shown_proxy
from arp_sdk.core._transport.certificates import Cert, Verify
from arp_sdk.core._transport.failures import (
    DEADLINE_PASSED,
    proxy_responded,
    too_large,
    undecodable,
    without_tracebacks,
)
from arp_sdk.core._transport.prepared import authenticated, prepare
from arp_sdk.errors import ArpConfigError, ArpError

from .decompression import unpacked
from .failures import failure_of, not_of_the_transport
from .sockets import LINE_LIMIT, Attempt, Connector, attempt_of_task
from .trust import Trust

if sys.version_info >= (3, 11):
    from asyncio import timeout_at
else:
    # Comes with aiohttp where Python has none.
    from async_timeout import (  # type: ignore[import-not-found, unused-ignore]
        timeout_at,  # pyright: ignore[reportMissingImports, reportUnknownVariableType]
    )

# aiohttp sends a larger body piece by piece, if it is a file.
_IN_ONE_PIECE = 2**20
# After so many bytes of a stream in one piece, other tasks get a turn; a piece has no more lines
# than can be read in some milliseconds.
_LARGE_PIECE = 4096
_STREAM_PIECE = 16384

_inherited: list[aiohttp.ClientSession] = []
_closing: set[asyncio.Task[None]] = set()


class _BrokenError(aiohttp.ClientError):
    """Stands for the errors after which aiohttp would send the request again by itself."""


async def _only_once(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _BrokenError(error) from None


def _authorized_by(value: str) -> aiohttp.ClientMiddlewareType:
    """Put an Authorization header in the place of the one that a session adds."""

    async def middleware(
        request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        request.headers["Authorization"] = value
        return await send(request)

    return middleware


class _Route:
    """The way to an origin.

    Attributes:
        settings: Arguments for aiohttp with each request.
        headers: Headers to add to each request.
        proxy: Host and port of the proxy, or None.
        trust: The certificates to trust and to present, or None without TLS.
    """

    def __init__(self) -> None:
        self.settings: dict[str, Any] = {}
        self.headers = RedactedHeaders()
        self.proxy: str | None = None
        self.trust: Trust | None = None


_AS_IN_SESSION = _Route()


class AsyncConnections(Transport):
    """A pool of connections, shared by a client and its `with_options` copies.

    Args:
        pool_size: Has no effect: aiohttp keeps all connections that were used a moment ago.
    """

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession | None = None,
        verify: Verify | None = None,
        cert: Cert | None = None,
        proxies: Mapping[str, str | None] | None = None,
        pool_size: int = 32,
    ) -> None:
        if session is not None and not isinstance(session, aiohttp.ClientSession):
            raise ArpConfigError("session must be an aiohttp.ClientSession")
        super().__init__(
            verify=verify, cert=cert, proxies=proxies, pool_size=pool_size, own=session is None
        )
        self._users = session
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lookup = requests.Session()
        self._trust: dict[Any, Trust] = {}
        self._trust_by_key: dict[ssl.SSLContext, Trust] = {}
        self._routes = ByOrigin[_Route]()

    async def send(self, effect: Send, credentials: Credentials) -> HttpResponse | Failure:
        """Send a request and read its response to the end, except for the body of a stream."""
        started = time.monotonic()
        remaining = effect.deadline - started
        if remaining <= 0:
            return Failure("deadline", DEADLINE_PASSED, sent=False)
        session = await self.session(effect)
        attempt = Attempt(connected=session is self._users)
        attempt_of_task.set(attempt)
        response: aiohttp.ClientResponse | None = None
        route: _Route | None = None
        raised: BaseException
        try:
            route = self._route(session, effect)
            async with timeout_at(asyncio.get_running_loop().time() + remaining):
                response = await self._open(session, route, effect, credentials, remaining)
                headers = _headers(response)
                status = response.status
                source, body = None, b""
                encoding = headers.get("Content-Encoding", "")
                if status == 407 and route.proxy and effect.request.url.startswith("http:"):
                    response.close()
                    return proxy_responded(status, route.proxy)
                if encoding and not can_decode(encoding):
                    response.close()
                    if status < 400:
                        return undecodable(encoding, status)
                elif effect.leaves_body(status):
                    source = Body(response, effect.until)
                else:
                    limit = effect.options.max_response_bytes
                    read = await _read(response, limit, "" if effect.stream else encoding)
                    if isinstance(read, Failure):
                        return read
                    body = read
            elapsed = time.monotonic() - started
            return HttpResponse(status, headers, body, effect.request.url, elapsed, source)
        except BaseException as error:
            raised = error
        # Outside of the handler: the traceback and the context run through frames that hold the
        # credentials.
        if response is not None:
            response.close()
        if isinstance(raised, ArpError) or not isinstance(raised, Exception):
            raise without_tracebacks(raised)
        foreign = not_of_the_transport(raised, in_body=response is not None)
        if foreign is not None:
            raise foreign
        return failure_of(
            raised,
            effect.deadline,
            attempt.connected,
            None if response is None else response.status,
            None if route is None else route.proxy,
        )

    async def _open(
        self,
        session: aiohttp.ClientSession,
        route: _Route,
        effect: Send,
        credentials: Credentials,
        remaining: float,
    ) -> aiohttp.ClientResponse:
        sent: HttpRequest | requests.PreparedRequest = effect.request
        headers: Any = RedactedHeaders(effect.request.headers)
        if not credentials.sign(headers):
            sent = authenticated(prepare(effect.request), credentials)
            headers = sent.headers
        headers.update(route.headers)
        settings = route.settings
        if session is self._users:
            settings = _settings_beside(session, route, headers)
        body: Any = sent.body
        is_get = sent.method == "GET"
        return await session.request(
            sent.method or "",
            URL(sent.url or "", encoded=True),
            headers=headers,
            data=io.BytesIO(body) if body is not None and len(body) > _IN_ONE_PIECE else body,
            allow_redirects=False,
            raise_for_status=False,
            # A stream is decompressed by aiohttp as it arrives, anything else when it is complete.
            auto_decompress=effect.stream,
            # It would declare a type for a POST without a body.
            skip_auto_headers=None if is_get or "Content-Type" in headers else ("Content-Type",),
            max_line_size=LINE_LIMIT,
            max_field_size=LINE_LIMIT,
            timeout=aiohttp.ClientTimeout(
                connect=min(effect.options.timeout.connect, remaining),
                # A stream may be silent for longer than is left to open it.
                sock_read=effect.options.timeout.read
                if effect.stream
                else min(effect.options.timeout.read, remaining),
            ),
            **settings,
        )

    def _route(self, session: aiohttp.ClientSession, effect: Send) -> _Route:
        """Return the proxy and the certificates for a URL, as `requests` would choose them."""
        if session is self._users and self.verify is None and not (self.proxies or self.cert):
            return _AS_IN_SESSION
        return self._routes.get(
            effect.request.url, effect.with_credentials, lambda: self._new_route(effect)
        )

    def _new_route(self, effect: Send) -> _Route:
        url = effect.request.url
        settings = self.settings_for(self._lookup, url, effect.with_credentials)
        route = _Route()
        proxy = select_proxy(url, settings["proxies"])
        if proxy:
            proxy = proxy if "://" in proxy else f"http://{proxy}"
            if not proxy.lower().startswith(("http://", "https://")):
                # The traceback shows the locals, and a proxy's URL may hold a password.
                del settings, proxy
                raise ArpConfigError("an asynchronous client can use http and https proxies only")
            route.settings["proxy"] = _without_user_info(proxy)
            route.proxy = shown_proxy(proxy)
            headers = RedactedHeaders(HTTPAdapter().proxy_headers(proxy))
            if url.startswith("http:"):
                # A proxy that forwards the request itself reads its credentials from the head.
                route.headers.update(headers)
            else:
                route.settings["proxy_headers"] = headers
        if url.startswith("https:") or (proxy and proxy.lower().startswith("https:")):
            route.trust = self._trust_in(settings["verify"], settings["cert"])
            route.settings["ssl"] = route.trust.key
        return route

    def _trust_in(self, verify: Verify, cert: Cert | None) -> Trust:
        trust = self._trust.get((verify, cert))
        if trust is None:
            trust = self._trust[verify, cert] = Trust(verify, cert)
            self._trust_by_key[trust.key] = trust
        return trust

    async def session(self, effect: Send) -> aiohttp.ClientSession:
        """Return the session to send a request with."""
        if self.closed:
            raise ArpConfigError("the client is closed")
        # A session of the user's own may add credentials, which no other origin may get.
        if self._users is not None and effect.with_credentials:
            return self._users
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            await self._leave_loop()
            self._loop = loop
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=Connector(self._trust_by_key),
                # One client serves many tasks and users: no service may store state in it.
                cookie_jar=aiohttp.DummyCookieJar(),
                middlewares=(_only_once,),
                timeout=aiohttp.ClientTimeout(total=None),
            )
        return self._session

    async def _leave_loop(self) -> None:
        """Forget the connections of an event loop that has been closed."""
        if self._loop is not None and not self._loop.is_closed():
            raise ArpConfigError(
                "an asynchronous client belongs to the event loop that first used it: "
                "make another client for this one"
            )
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def close(self) -> None:
        """Close the pool, unless the session is the user's own."""
        self.closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def forget_after_fork(self) -> None:
        """Leave the parent's connections to the parent."""
        super().forget_after_fork()
        if self._session is not None:
            # Kept, since collecting it would reach the parent's event loop.
            _inherited.append(self._session)
            self._session = self._loop = None

    def __del__(self) -> None:
        session, loop = getattr(self, "_session", None), getattr(self, "_loop", None)
        if session is None:
            return
        if loop is not None and loop.is_running():
            loop.call_soon_threadsafe(_close_soon, loop, session)
        warnings.warn("an ARP client was dropped open: call close()", ResourceWarning, stacklevel=2)


def _settings_beside(session: aiohttp.ClientSession, route: _Route, headers: Any) -> dict[str, Any]:
    """Return the arguments for a session of the user's own, which knows nothing of this client.

    Its connector is not the SDK's, so the certificates are brought up to date for each request.
    """
    settings = dict(route.settings)
    if route.trust is not None:
        settings["ssl"] = route.trust.context()
    if "Authorization" in headers and (session.auth is not None or session.trust_env):
        # aiohttp refuses the header beside the credentials of the session or of ~/.netrc.
        own = _authorized_by(headers.pop("Authorization"))
        settings["middlewares"] = (own, *session._middlewares)
    return settings


def _close_soon(loop: asyncio.AbstractEventLoop, session: aiohttp.ClientSession) -> None:
    task = loop.create_task(session.close())
    # The loop holds its tasks weakly.
    _closing.add(task)
    task.add_done_callback(_closing.discard)


class Body:
    """The body of a streamed response."""

    def __init__(self, response: aiohttp.ClientResponse, until: float = math.inf) -> None:
        self._response = response
        self._until = until
        self._loop = asyncio.get_running_loop()
        self._yields = False

    async def read(self) -> bytes | Failure:
        """Return what has arrived, waiting for it if there is nothing; empty at the end."""
        content = self._response.content
        raised: Exception
        try:
            if self._yields:
                # aiohttp does not suspend while it has data, which may be for very long.
                await asyncio.sleep(0)
            # What arrived before a connection broke counts; aiohttp would drop it.
            if content.exception() is not None and (rest := content._read_nowait(-1)):
                return rest
            if self._until == math.inf:
                piece = await content.read(_STREAM_PIECE)
            else:
                async with timeout_at(self._until):
                    piece = await content.read(_STREAM_PIECE)
        except Exception as error:
            raised = error
        else:
            self._yields = len(piece) >= _LARGE_PIECE
            return piece
        foreign = not_of_the_transport(raised, in_body=True)
        if foreign is not None:
            raise foreign
        return failure_of(raised, self._until, True, self._response.status)

    def close(self) -> None:
        """Free the connection; also from another thread, where garbage may be collected."""
        if self._loop.is_closed() or asyncio._get_running_loop() is self._loop:
            self._response.close()
        else:
            self._loop.call_soon_threadsafe(self._response.close)


async def _read(response: aiohttp.ClientResponse, limit: int, encoding: str) -> bytes | Failure:
    """Read the whole body within the limit, and decompress it if it has a Content-Encoding."""
    content = response.content
    # It hands over what it holds without a copy, unlike a list of pieces that is joined.
    gathered = io.BytesIO()
    while piece := await content.readany():
        if gathered.tell():
            # aiohttp does not suspend while it has data, which may be for very long.
            await asyncio.sleep(0)
        gathered.write(piece)
        if max(gathered.tell(), content.total_compressed_bytes or 0) > limit:
            response.close()
            return too_large(limit, response.status)
    body = gathered.getvalue()
    if not encoding:
        return body
    fitting = await unpacked(encoding, body, limit)
    return too_large(limit, response.status) if fitting is None else fitting


def _without_user_info(proxy: str) -> URL:
    try:
        return URL(proxy).with_user(None)
    except ValueError:
        # Not chained: the text of the error is the URL.
        raise aiohttp.InvalidURL("proxy") from None


def _headers(response: aiohttp.ClientResponse) -> RedactedHeaders:
    headers = RedactedHeaders()
    # Decoded as http.client does: aiohttp decodes UTF-8, with surrogates for other bytes.
    for raw_name, raw_value in response.raw_headers:
        headers.add(raw_name.decode("latin-1"), raw_value.decode("latin-1"))
    return headers
