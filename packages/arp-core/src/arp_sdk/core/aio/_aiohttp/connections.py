"""The one place that does I/O for the asynchronous clients."""

from __future__ import annotations

import asyncio
import io
import math
import ssl
import sys
import time
import warnings
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import aiohttp
import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH, select_proxy
from yarl import URL

from arp_sdk.core._auth import Credentials
from arp_sdk.core._call.effects import Send
from arp_sdk.core._http.messages import Failure, HttpRequest, HttpResponse
from arp_sdk.core._http.redaction import RedactedHeaders
from arp_sdk.core._transport.base import ByOrigin, Transport
from arp_sdk.core._transport.decompression import packed_as, unpack
from arp_sdk.core._transport.failures import DEADLINE_PASSED, too_large
from arp_sdk.core._transport.prepared import authenticated, prepare
from arp_sdk.errors import ArpConfigError, ArpError

from .failures import failure_of
from .sockets import Attempt, Connector, attempt_of_task

if sys.version_info >= (3, 11):
    from asyncio import timeout_at
else:
    # Comes with aiohttp where Python has none.
    from async_timeout import (  # type: ignore[import-not-found, unused-ignore]
        timeout_at,  # pyright: ignore[reportMissingImports, reportUnknownVariableType]
    )

# As http.client allows for a line of the head.
_LINE_LIMIT = 65536
# aiohttp sends a larger body piece by piece if it is a file.
_IN_ONE_PIECE = 2**20

_inherited: list[aiohttp.ClientSession] = []
_closing: set[asyncio.Task[None]] = set()


class _BrokenError(aiohttp.ClientError):
    """In place of the errors after which aiohttp would send again by itself."""


async def _only_once(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _BrokenError(error) from None


class _Route:
    """The way to an origin.

    Attributes:
        settings: What aiohttp is told with each request.
        headers: What is added to the head of each request.
    """

    def __init__(self) -> None:
        self.settings: dict[str, Any] = {}
        self.headers = RedactedHeaders()


class AsyncConnections(Transport):
    """A pool of connections, shared by a client and its `with_options` copies.

    Args:
        session: A session of the user's own, or None to make one.
        verify: As in `requests`: whether to check certificates, or the path of a CA bundle.
        cert: As in `requests`: path of a client certificate, or (certificate, key).
        proxies: As in `requests`: proxy URL by scheme.
        pool_size: Of no effect here: aiohttp keeps what was used in the last seconds.
    """

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession | None = None,
        verify: bool | str | None = None,
        cert: str | tuple[str, str] | None = None,
        proxies: Mapping[str, str] | None = None,
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
        self._contexts: dict[Any, ssl.SSLContext] = {}
        self._lookup = requests.Session()
        self._routes = ByOrigin[_Route]()

    async def send(self, effect: Send, credentials: Credentials) -> HttpResponse | Failure:
        """Send a request and read its answer to the end. Transport failures are returned."""
        started = time.monotonic()
        remaining = effect.deadline - started
        if remaining <= 0:
            return Failure("deadline", DEADLINE_PASSED, sent=False)
        session = await self.session(effect)
        attempt = Attempt(connected=session is self._users)
        attempt_of_task.set(attempt)
        response: aiohttp.ClientResponse | None = None
        failure: Failure | None = None
        canceled: asyncio.CancelledError | None = None
        try:
            async with timeout_at(asyncio.get_running_loop().time() + remaining):
                response = await self._open(session, effect, credentials, remaining)
                headers = _headers(response)
                source, body = None, b""
                if effect.leaves_body(response.status):
                    source = Body(response)
                else:
                    encoding = "" if effect.stream else headers.get("Content-Encoding", "")
                    read = await _read(response, effect.options.max_response_bytes, encoding)
                    if isinstance(read, Failure):
                        return read
                    body = read
            elapsed = time.monotonic() - started
            return HttpResponse(response.status, headers, body, effect.request.url, elapsed, source)
        except ArpError:
            raise
        except asyncio.CancelledError as error:
            canceled = error
        except Exception as error:
            # Not chained: the error, and the frames behind it, hold the credentials.
            status = None if response is None else response.status
            failure = failure_of(error, effect.deadline, attempt.connected, status)
        if response is not None:
            response.close()
        if canceled is not None:
            # The same goes for the frames that the cancellation came through.
            raise canceled.with_traceback(None)
        return failure or Failure("connection", "nothing came", sent=True)

    async def _open(
        self,
        session: aiohttp.ClientSession,
        effect: Send,
        credentials: Credentials,
        remaining: float,
    ) -> aiohttp.ClientResponse:
        sent: HttpRequest | requests.PreparedRequest = effect.request
        headers: Any = RedactedHeaders(effect.request.headers)
        if effect.with_credentials and not credentials.sign(headers):
            sent = authenticated(prepare(effect.request), credentials)
            headers = sent.headers
        route = self._route(session, effect.request.url)
        headers.update(route.headers)
        body: Any = sent.body
        return await session.request(
            sent.method or "",
            URL(sent.url or "", encoded=True),
            headers=headers,
            data=io.BytesIO(body) if body is not None and len(body) > _IN_ONE_PIECE else body,
            allow_redirects=False,
            raise_for_status=False,
            # What does not end in one piece is unpacked by aiohttp, all else as it comes.
            auto_decompress=effect.stream,
            skip_auto_headers=("Content-Type",),
            max_line_size=_LINE_LIMIT,
            max_field_size=_LINE_LIMIT,
            timeout=aiohttp.ClientTimeout(
                connect=min(effect.options.timeout.connect, remaining),
                sock_read=min(effect.options.timeout.read, remaining),
            ),
            **route.settings,
        )

    def _route(self, session: aiohttp.ClientSession, url: str) -> _Route:
        """How to get there: the proxy and the certificates, as `requests` would choose them."""
        if session is self._users and self.verify is None and not (self.proxies or self.cert):
            return _Route()  # the session's own
        return self._routes.get(url, lambda: self._new_route(url))

    def _new_route(self, url: str) -> _Route:
        settings = self.settings_for(self._lookup, url)
        route = _Route()
        proxy = select_proxy(url, settings["proxies"])
        if proxy:
            proxy = proxy if "://" in proxy else f"http://{proxy}"
            if not proxy.lower().startswith(("http://", "https://")):
                # The traceback shows the locals, and a proxy's URL may hold a password.
                del settings, proxy
                raise ArpConfigError("an asynchronous client can use http and https proxies only")
            route.settings["proxy"] = _without_user_info(proxy)
            headers = RedactedHeaders(HTTPAdapter().proxy_headers(proxy))
            if url.startswith("http:"):
                # A proxy that passes the request on reads what it needs from its head.
                route.headers.update(headers)
            else:
                route.settings["proxy_headers"] = headers
        if url.startswith("https:") or (proxy and proxy.lower().startswith("https:")):
            route.settings["ssl"] = self._context(settings["verify"], settings["cert"])
        return route

    def _context(self, verify: bool | str, cert: str | tuple[str, str] | None) -> ssl.SSLContext:
        context = self._contexts.get((verify, cert))
        if context is None:
            found = SimpleNamespace(ca_certs=None, ca_cert_dir=None)
            bundle = DEFAULT_CA_BUNDLE_PATH if verify is True else verify
            HTTPAdapter().cert_verify(found, "https:", bundle, cert)
            if verify:
                context = ssl.create_default_context(
                    cafile=found.ca_certs, capath=found.ca_cert_dir
                )
            else:
                context = ssl.create_default_context()
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            if cert:
                context.load_cert_chain(*((cert,) if isinstance(cert, str) else cert))
            self._contexts[verify, cert] = context
        return context

    async def session(self, effect: Send) -> aiohttp.ClientSession:
        """What to send by.

        Raises:
            ArpConfigError: If the client is closed, or at work in another event loop.
        """
        if self.closed:
            raise ArpConfigError("the client is closed")
        # A session of the user's may add credentials, which stay at home.
        if self._users is not None and effect.with_credentials:
            return self._users
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            await self._leave_loop()
            self._loop = loop
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=Connector(),
                # One client serves many tasks and users: no service may plant state in it.
                cookie_jar=aiohttp.DummyCookieJar(),
                middlewares=(_only_once,),
                timeout=aiohttp.ClientTimeout(total=None),
            )
        return self._session

    async def _leave_loop(self) -> None:
        """Forget the connections of an event loop that is no more."""
        if self._loop is not None and not self._loop.is_closed():
            raise ArpConfigError(
                "an asynchronous client belongs to the event loop that first used it: "
                "make another for this one"
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
            # Kept, since what it does when it is collected would reach the parent's event loop.
            _inherited.append(self._session)
            self._session = self._loop = None

    def __del__(self) -> None:
        session, loop = getattr(self, "_session", None), getattr(self, "_loop", None)
        if session is None:
            return
        if loop is not None and loop.is_running():
            loop.call_soon_threadsafe(_close_soon, loop, session)
        warnings.warn("an ARP client was dropped open: call close()", ResourceWarning, stacklevel=2)


def _close_soon(loop: asyncio.AbstractEventLoop, session: aiohttp.ClientSession) -> None:
    task = loop.create_task(session.close())
    # The loop holds its tasks weakly.
    _closing.add(task)
    task.add_done_callback(_closing.discard)


class Body:
    """The body of a streamed answer."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._loop = asyncio.get_running_loop()

    async def read(self) -> bytes | Failure:
        """What has arrived, waiting for it if there is nothing; empty at the end."""
        content = self._response.content
        try:
            # What came before a connection broke counts; aiohttp would drop it.
            if content.exception() is not None and (rest := content._read_nowait(-1)):
                return rest
            return await content.readany()
        except Exception as error:
            return failure_of(error, math.inf, True, self._response.status)

    def close(self) -> None:
        """Free the connection; also from another thread, where garbage may be collected."""
        if self._loop.is_closed() or asyncio._get_running_loop() is self._loop:
            self._response.close()
        else:
            self._loop.call_soon_threadsafe(self._response.close)


async def _read(response: aiohttp.ClientResponse, limit: int, encoding: str) -> bytes | Failure:
    """The whole body, unpacked as its Content-Encoding says if there is one, within the limit."""
    content = response.content
    pieces: list[bytes] = []
    size = 0
    while piece := await content.readany():
        pieces.append(piece)
        size += len(piece)
        if max(size, content.total_compressed_bytes or 0) > limit:
            response.close()
            return too_large(limit, response.status)
    body = b"".join(pieces)
    if not encoding:
        return body
    fitting = unpack(packed_as(encoding, body), limit)
    return too_large(limit, response.status) if fitting is None else fitting


def _without_user_info(proxy: str) -> URL:
    try:
        return URL(proxy).with_user(None)
    except ValueError:
        # Not chained: the text of the error is the URL.
        raise aiohttp.InvalidURL("proxy") from None


def _headers(response: aiohttp.ClientResponse) -> RedactedHeaders:
    headers = RedactedHeaders()
    # Read as http.client does: aiohttp takes them for UTF-8, with surrogates for what is not.
    for raw_name, raw_value in response.raw_headers:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        # RFC 9110, 5.3: fields of one name are one list.
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
