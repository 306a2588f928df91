"""A service of a contract as an ASGI application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime, timezone
from functools import partial
from inspect import isasyncgenfunction, isawaitable, unwrap
from operator import attrgetter
from typing import Any
from urllib.parse import parse_qs
from weakref import WeakValueDictionary

import msgspec

from arp_sdk.core import Content, Operation
from arp_sdk.core._call.body import is_json
from arp_sdk.errors import ArpConfigError, ArpValidationError
from arp_sdk.schema import Model, encode_unless

from ._auth import Authenticate, authorize
from ._errors import ServiceError
from ._http import arguments
from ._http.disconnect import GONE, until_disconnected
from ._http.request import Message, Receive, Request, Scope, Send, reset_request, set_request
from ._http.responses import (
    JSON,
    NDJSON,
    check_accept,
    respond_with_error,
    response_headers,
    send_response,
)
from ._http.routes import Routes
from ._http.shutdown import on_shutdown
from ._http.streams import OpenStream, chunk_writer
from ._service import Service

MAX_BODY_BYTES = 1024 * 1024
HEARTBEAT_SECONDS = 15.0
_CONTRACT_PATH = "/openapi.json"
_logger = logging.getLogger("arp_sdk.server")

Translate = Callable[[Exception], ServiceError | None]
ErrorBody = Callable[[ServiceError], Model]
ENVELOPE: ErrorBody = attrgetter("envelope")
_Repeat = tuple[str, Callable[..., Awaitable[Any]]]


def app(
    service: Service,
    *,
    auth: Authenticate | None,
    name: str | None = None,
    version: str = "0",
    max_body_bytes: int = MAX_BODY_BYTES,
    heartbeat_seconds: float = HEARTBEAT_SECONDS,
    recognize_repeats: bool = True,
    translate: Translate | None = None,
    error_body: ErrorBody = ENVELOPE,
    lifespan: Callable[[], AbstractAsyncContextManager[object]] = nullcontext,
) -> App:
    """Make the ASGI application of a service.

    Any ASGI server can run it, and Starlette and FastAPI can mount it.

    Args:
        service: An object of a subclass of a generated class.
        auth: A function that takes a bearer token and returns its owner, or None or False if the
            token is not valid. It may be `async`, and may raise ServiceError. It is not called for
            operations that the contract exempts. With None, everybody may call the service.
        name: Name of the service, for `version` and for challenges; by default, that of its class.
        version: Version of the service, for `version`.
        max_body_bytes: Length of the longest request body.
        heartbeat_seconds: Seconds of silence after which a stream gets a line that clients ignore.
        recognize_repeats: Whether a request whose effect exists, such as a run with the same
            `run_id`, gets the response of the operation that looks it up (`x-arp-idempotency`)
            instead of having the effect again.
        translate: A function that takes an exception of a method and returns the error response,
            or None for the default, which is a 500 and an entry in the log.
        error_body: A function that takes an error and returns the body of its response, for a
            contract with an error model of its own; by default, it is the ErrorEnvelope of ARP.
        lifespan: A function that returns a context manager. The server enters it at its start,
            and leaves it when it has stopped. It does not run in a mounted application.

    Returns:
        The application.

    Raises:
        ArpConfigError: If there is `auth`, and the contract asks for credentials in no operation.
    """
    return App(
        service,
        auth,
        name or type(service).__name__,
        version,
        max_body_bytes,
        heartbeat_seconds,
        recognize_repeats,
        translate,
        error_body,
        lifespan,
    )


class _Route:
    """An operation of a service, prepared for requests."""

    def __init__(self, service: Service, method_name: str, operation: Operation[Any]) -> None:
        self.operation = operation
        self.call: Callable[..., Any] = getattr(service, method_name)
        self.status, self.type = next(iter(operation.responses.items()))
        streams = tuple(operation.streams)
        # Event streams are available as JSON lines too.
        self.offered = (*streams, NDJSON) if streams and NDJSON not in streams else streams
        self.writers = {
            media_type: chunk_writer(
                operation, service.contract.numbering.get(method_name), media_type
            )
            for media_type in self.offered
        }
        # The one that streams, if the operation responds with a stream on demand.
        self.on_demand: _Route | None = None
        if isinstance(self.type, Content):
            self.offered = tuple(self.type.media_types)
        elif not streams and self.type is not None:
            self.offered = (JSON,)
        # An async generator raises its errors with its first event only.
        self.starts_at_once = not isasyncgenfunction(unwrap(self.call))
        self.has_keywords = bool(operation.query or operation.headers)
        self.repeat: _Repeat | None = None
        # By status, the last body that fits the contract.
        self.last_checked: dict[int, bytes] = {}


class App:
    """The ASGI application of a service. `app` makes it."""

    def __init__(
        self,
        service: Service,
        auth: Authenticate | None,
        name: str,
        version: str,
        max_body_bytes: int,
        heartbeat_seconds: float,
        recognize_repeats: bool,
        translate: Translate | None,
        error_body: ErrorBody,
        lifespan: Callable[[], AbstractAsyncContextManager[object]],
    ) -> None:
        operations = service.contract.operations.values()
        if auth is not None and not any(each.authenticated for each in operations):
            raise ArpConfigError(
                "auth= is given, but the contract asks for credentials in no operation: add "
                "`security` to it, or pass auth=None"
            )
        self._auth = auth
        self._name = name
        self._max_body_bytes = max_body_bytes
        self._heartbeat_seconds = heartbeat_seconds
        self._translate = translate
        self._error_body = error_body
        self._lifespan = lifespan
        self._contract = service.contract
        self._document: bytes | None = None
        by_path: dict[str, dict[str, _Route]] = {}
        by_name: dict[str, _Route] = {}
        for method_name, operation in service.contract.operations.items():
            route = _Route(service, method_name, operation)
            first = by_path.setdefault(operation.path, {}).setdefault(operation.method, route)
            if first is not route and operation.streams:
                first.on_demand = route
            by_name.setdefault(operation.name, route)
            default = _default(service, method_name, operation, name, version)
            route.call = default or route.call
        for route in by_name.values():
            if "GET" in by_path[route.operation.path]:
                by_path[route.operation.path].setdefault(
                    "HEAD", by_path[route.operation.path]["GET"]
                )
            if recognize_repeats:
                route.repeat = _repeat(route, by_name)
        self._routes = Routes(by_path)
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._streams: set[OpenStream] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request, as ASGI specifies it."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        request = Request(scope)
        token = set_request(request)
        try:
            # A stream goes on for long: the frames of what came before it do not stay.
            stream = await self._respond(request, receive, send)
            if stream is not None:
                self._streams.add(stream)
                try:
                    await stream.run(receive, send)
                finally:
                    self._streams.discard(stream)
                if not request.has_started:
                    raise _gone()
        except Exception as error:
            if request.has_started:
                # The server closes the connection: the client sees that the response is not whole.
                raise
            failure = self._failure(error, request)
            await respond_with_error(request, send, failure, self._error_body(failure))
        finally:
            reset_request(token)

    def operation(self, scope: Scope) -> Operation[Any] | None:
        """Return the operation that a request is for, for middleware, or None."""
        request = Request(scope)
        try:
            return self._routes.find(request.path, request.method)[0][request.method].operation
        except (ServiceError, KeyError):
            return None

    def stop(self) -> None:
        """End all streams, and refuse new ones. Clients resume elsewhere, or after a restart.

        This happens by itself when the process receives SIGINT or SIGTERM: ASGI servers wait for
        the end of streams before they stop.
        """
        self._stopping = True
        for stream in self._streams:
            stream.stop()

    def _stop_soon(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.stop)

    async def _live(self, receive: Receive, send: Send) -> None:
        context: AbstractAsyncContextManager[object] = nullcontext()
        while True:
            event = await receive()
            try:
                if event["type"] == "lifespan.startup":
                    context = self._lifespan()
                    await context.__aenter__()
                else:
                    await context.__aexit__(None, None, None)
            except Exception as error:
                _logger.exception("%s: %s failed", self._name, event["type"])
                await send({"type": f"{event['type']}.failed", "message": repr(error)})
                return
            await send({"type": f"{event['type']}.complete"})
            if event["type"] == "lifespan.shutdown":
                return

    async def _respond(self, request: Request, receive: Receive, send: Send) -> OpenStream | None:
        """Respond, or return the stream that is the response."""
        path, method = request.path, request.method
        if path == _CONTRACT_PATH and method in ("GET", "HEAD"):
            self._document = self._document or self._contract.document()
            await send_response(request, send, 200, response_headers(request, JSON), self._document)
            return None
        routes, values = self._routes.find(path, method)
        route = routes.get(method)
        if route is None:
            allow = {"Allow": ", ".join(sorted({*routes, "OPTIONS"}))}
            if method != "OPTIONS":
                message = f"Method Not Allowed: {method} {path}"
                raise ServiceError(405, "method_not_allowed", message, headers=allow)
            await send_response(request, send, 204, response_headers(request, None, allow), b"")
            return None
        operation = route.operation
        if self._auth is not None and operation.authenticated:
            await authorize(self._auth, request, self._name)
        data = await self._read(request, receive) if operation.body is not None else b""
        on_demand = route.on_demand
        if on_demand is not None and _asks_for_stream(on_demand, request, data):
            route, operation = on_demand, on_demand.operation
        media_type = check_accept(request, route.offered) if route.offered else None
        positional = arguments.positional(operation, values) if values else []
        if operation.body is not None:
            positional.append(arguments.body(operation, data, request.header(b"content-type")))
        keywords: dict[str, Any] = {}
        if route.has_keywords:
            text = request.scope["query_string"].decode("latin-1")
            query = parse_qs(text, keep_blank_values=True)
            headers = request.headers if operation.headers else {}
            keywords = arguments.keywords(operation, query, headers)
        call = partial(route.call, *positional, **keywords)
        if operation.streams:
            return await self._stream(route, call, media_type or "", request, send)
        if route.repeat is not None:
            call = partial(self._once, route.operation.name, route.repeat, positional[-1], call)
        value = await until_disconnected(call(), receive)
        if value is GONE:
            raise _gone()
        status, body = self._written(route, value, request)
        await send_response(request, send, status, response_headers(request, media_type), body)
        return None

    async def _read(self, request: Request, receive: Receive) -> bytes:
        limit = self._max_body_bytes
        declared = request.header(b"content-length") or "0"
        if declared.isdigit() and int(declared) > limit:
            raise _too_large(limit)
        data = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ServiceError(400, "incomplete_body", "The client has disconnected.")
            data += message.get("body", b"")
            if len(data) > limit:
                raise _too_large(limit)
            if not message.get("more_body", False):
                return bytes(data)

    async def _once(
        self, operation: str, repeat: _Repeat, body: Any, call: Callable[[], Awaitable[Any]]
    ) -> Any:
        """Have an effect, unless it exists: then, return what looking it up returns."""
        attribute, look_up = repeat
        key = getattr(body, attribute, None)
        if not isinstance(key, str):
            return await call()
        # A second request with the same key waits for the first.
        async with self._locks.setdefault((operation, key), asyncio.Lock()):
            try:
                return await look_up(key)
            except ServiceError as error:
                if error.status != 404:
                    raise
            except NotImplementedError:
                pass
            return await call()

    async def _stream(
        self,
        route: _Route,
        call: Callable[[], Any],
        media_type: str,
        request: Request,
        send: Send,
    ) -> OpenStream | None:
        if self._stopping:
            headers = {"Retry-After": "1"}
            raise ServiceError(503, "stopping", "The service is stopping.", headers=headers)
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            on_shutdown(self._stop_soon)
        made = call()
        events: AsyncIterator[Any] = (await made) if isawaitable(made) else made
        charset = "; charset=utf-8" if media_type.startswith("text/") else ""
        head = response_headers(request, media_type + charset, {"Cache-Control": "no-store"})
        status = request.response_status or route.status
        if request.method == "HEAD":
            await send_response(request, send, status, head, None)
            return None
        # An empty line after a comment would be an event for some clients.
        comment = b"\n" if media_type == NDJSON else b":\n"
        start: Message = {"type": "http.response.start", "status": status, "headers": head}
        return OpenStream(
            request,
            start,
            events,
            route.writers[media_type],
            comment,
            self._heartbeat_seconds,
            at_once=route.starts_at_once,
        )

    def _written(self, route: _Route, value: Any, request: Request) -> tuple[int, bytes]:
        """Return the status and the body of a response, checked against the contract."""
        status = request.response_status
        if status is None:
            status, type_ = route.status, route.type
        else:
            type_ = route.operation.response_type(status)
        if type_ is None:
            return status, b""
        try:
            if isinstance(type_, Content):
                if type_.type is bytes or not is_json(type_.media_types[0]):
                    return status, value.encode() if type_.type is str else value
                type_ = type_.type
            # Clients poll: often nothing has changed since the last response.
            known = route.last_checked.get(status, b"")
            data = route.last_checked[status] = encode_unless(known, value, type_)
            return status, data
        except ArpValidationError as error:
            path, operation = error.path, route.operation.name
            # The reason may quote the value.
            _logger.error("%s returned a value that breaks the contract: %s", operation, error)
            message = f"The response of {operation} breaks the contract at {path}."
            raise ServiceError(500, "invalid_response", message) from None

    def _failure(self, error: Exception, request: Request) -> ServiceError:
        if isinstance(error, ServiceError):
            return error
        if isinstance(error, NotImplementedError):
            message = f"This service does not implement {error}."
            return ServiceError(501, "not_implemented", message)
        translated = self._translate(error) if self._translate is not None else None
        if translated is not None:
            return translated
        _logger.error("%s %s failed", request.method, request.path, exc_info=error)
        message = "The service failed. Its log has the traceback."
        return ServiceError(500, "internal_error", message)


def _gone() -> ServiceError:
    # Nobody gets the response, but middleware takes its absence for a failure of the application.
    return ServiceError(499, "client_disconnected", "The client has disconnected.")


def _too_large(limit: int) -> ServiceError:
    return ServiceError(413, "payload_too_large", f"The body is longer than {limit} bytes.")


def _asks_for_stream(route: _Route, request: Request, data: bytes) -> bool:
    flag = route.operation.stream_flag
    if flag is not None:
        return arguments.member(data, flag[0]) is True
    return any(kind in (request.header(b"accept") or "") for kind in route.operation.streams)


def _repeat(route: _Route, by_name: Mapping[str, _Route]) -> _Repeat | None:
    """Return the attribute of the body that identifies the effect, and the look-up of it."""
    effect = route.operation.effect_key
    if effect is None or effect.lookup is None:
        return None
    look_up = by_name[effect.lookup.name]
    # Otherwise, what the look-up returns is no response to this operation.
    if look_up.type is not route.type or len(look_up.operation.path_parameters) != 1:
        return None
    for each in msgspec.structs.fields(route.operation.body):
        if each.encode_name == effect.property:
            return each.name, look_up.call
    return None


def _default(
    service: Service, method_name: str, operation: Operation[Any], name: str, version: str
) -> Callable[[], Awaitable[Any]] | None:
    """Return an implementation of `health` or `version` for a service that has none."""
    base = next(each for each in type(service).__mro__ if "contract" in vars(each))
    if getattr(type(service), method_name) is not getattr(base, method_name):
        return None
    type_ = next(iter(operation.responses.values()))
    fields = getattr(type_, "__struct_fields__", ())

    async def health() -> Any:
        return type_.from_dict({"status": "ok", "time": datetime.now(timezone.utc).isoformat()})

    async def version_info() -> Any:
        root = operation.path.strip("/").partition("/")[0]
        facts = {"service_name": name, "service_version": version, "supported_api_versions": [root]}
        return type_.from_dict(facts)

    if operation.name == "health" and {"status", "time"} <= set(fields):
        return health
    if operation.name == "version" and "supported_api_versions" in fields:
        return version_info
    return None
