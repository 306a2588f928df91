"""A service of the contract as an ASGI application."""

from __future__ import annotations

import asyncio
import hmac
import logging
import uuid
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any, ClassVar, Protocol
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from arp_sdk.core import Operation
from arp_sdk.sandbox._faults import injection
from arp_sdk.sandbox._faults.faults import Fault, Faults
from arp_sdk.sandbox._state.state_file import StateFileError

from . import arguments, responses
from .local_hosts import AllowedHosts
from .routes import Routes
from .service_error import ServiceError

MAX_BODY_BYTES = 1024 * 1024
_logger = logging.getLogger("arp_sdk.sandbox")


class Service(Protocol):
    """The part that all generated service classes have."""

    operations: ClassVar[Mapping[str, Operation[Any]]]


class App:
    """An ASGI application that calls the methods of a service."""

    def __init__(
        self, service: Service, name: str, faults: Faults, token: str | None, hosts: AllowedHosts
    ) -> None:
        self._service = service
        self._name = name
        self._faults = faults
        self._token = token
        self._hosts = hosts
        self._routes = Routes(service.operations)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request."""
        try:
            await self._respond(scope, receive, send)
        except asyncio.CancelledError:
            # When the service stops, it closes its connections first: uvicorn would log the rest.
            if not scope["state"]["transport"].is_closing():
                raise

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        fault: Fault | None = None
        path = scope["raw_path"].decode("latin-1")
        try:
            headers = request.headers
            origins = headers.getlist("Origin")
            self._hosts.check(scope["server"][1], headers.getlist("Host"), origins)
            methods, values = self._routes.find(request.method, path)
            method = methods[0] if len(methods) == 1 else await self._select(methods, request)
            operation = self._service.operations[method]
            fault = self._faults.take(self._name, operation.name)
            if fault is not None:
                await asyncio.sleep(fault.delay)
                if fault.reset == "before":
                    await injection.reset_connection(scope, receive)
                    return
                if fault.status is not None:
                    raise _injected_error(fault.status, fault.retry_after)
            self._authorize(operation, request)
            response = await self._call(method, operation, values, request)
        except ServiceError as error:
            response = responses.failure(error)
        except StateFileError as error:
            _logger.error("%s %s: %s", request.method, path, error)
            response = responses.failure(ServiceError(507, "state.not_saved", str(error)))
        except ClientDisconnect:
            return
        except NotImplementedError as error:
            response = responses.failure(
                ServiceError(501, "not_implemented", f"This service does not implement {error}.")
            )
        except Exception:
            _logger.exception("%s %s failed", request.method, path)
            message = "The service failed. Its log has the traceback."
            response = responses.failure(ServiceError(500, "internal_error", message))
        request_id = request.headers.get("X-Request-Id") or f"req_{uuid.uuid4().hex}"
        response.headers["X-Request-Id"] = request_id
        response.headers["Date"] = formatdate(usegmt=True)
        if fault is None:
            await response(scope, receive, send)
        else:
            await injection.send_damaged(fault, response, scope, receive, send)

    def _authorize(self, operation: Operation[Any], request: Request) -> None:
        if self._token is None or not operation.authenticated:
            return
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        expected = self._token.encode()
        if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), expected):
            return
        challenge = 'Bearer realm="arp-sandbox"' + (', error="invalid_token"' if given else "")
        message = "The bearer token is wrong." if given else "A bearer token is required."
        headers = {"WWW-Authenticate": challenge}
        raise ServiceError(401, "unauthorized", message, headers=headers)

    async def _select(self, methods: list[str], request: Request) -> str:
        """Return the method for a request whose response is a stream on demand."""
        operations = self._service.operations
        streaming = next(name for name in methods if operations[name].streams)
        flag, kinds = operations[streaming].stream_flag, operations[streaming].streams
        if flag is None:
            on_demand = any(kind in request.headers.get("Accept", "") for kind in kinds)
        else:
            on_demand = arguments.member(await _read(request), flag[0]) is True
        return next(name for name in methods if (name == streaming) is on_demand)

    async def _call(
        self, method: str, operation: Operation[Any], values: list[str], request: Request
    ) -> Response:
        positional = arguments.positional(operation, values)
        if operation.body is not None:
            content_type = request.headers.get("Content-Type")
            positional.append(arguments.body(operation, await _read(request), content_type))
        query = parse_qs(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        keywords = arguments.keywords(operation, query, request.headers)
        call = getattr(self._service, method)
        if not operation.streams:
            return responses.success(operation, await call(*positional, **keywords))
        media_type = responses.stream_type(operation, request.headers.get("Accept"))
        return responses.stream(operation, await call(*positional, **keywords), media_type)


def _injected_error(status: int, retry_after: int | None) -> ServiceError:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    message = f"The sandbox injects status {status}."
    return ServiceError(status, "sandbox.fault", message, headers=headers)


async def _read(request: Request) -> bytes:
    if "content" in request.scope:
        return bytes(request.scope["content"])
    too_large = ServiceError(
        413, "payload_too_large", f"The body is longer than {MAX_BODY_BYTES} bytes."
    )
    declared = request.headers.get("Content-Length", "0")
    if declared.isdigit() and int(declared) > MAX_BODY_BYTES:
        raise too_large
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_BODY_BYTES:
            raise too_large
    request.scope["content"] = data
    return bytes(data)
