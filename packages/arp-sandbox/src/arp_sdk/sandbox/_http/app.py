"""A service of the contract as an ASGI application."""

from __future__ import annotations

import asyncio
import hmac
import logging
import uuid
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from arp_sdk.core import Operation
from arp_sdk.sandbox._faults import injection
from arp_sdk.sandbox._faults.fault import Fault
from arp_sdk.sandbox._faults.schedule import Faults

from . import arguments as http_arguments
from . import responses
from .content_negotiation import preferred
from .routes import Routes
from .service_error import ServiceError

MAX_BODY_BYTES = 1024 * 1024
_logger = logging.getLogger("arp_sdk.sandbox")


class Service(Protocol):
    """What the generated server sides have in common."""

    operations: ClassVar[Mapping[str, Operation[Any]]]


class App:
    """Answers requests by the methods of a service, and errors by ErrorEnvelopes.

    Args:
        service: Whose methods to call.
        name: Its name, such as `daemon`.
        faults: What goes wrong on purpose.
        token: The bearer token that it demands, or None.
    """

    def __init__(self, service: Service, name: str, faults: Faults, token: str | None) -> None:
        self._service = service
        self._name = name
        self._faults = faults
        self._token = token
        self._routes = Routes(service.operations)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            await self._respond(scope, receive, send)
        except asyncio.CancelledError:
            # The service is being stopped and has hung up: nobody waits for an answer.
            if not scope["state"]["transport"].is_closing():
                raise

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        fault: Fault | None = None
        try:
            method, operation, values = self._routes.find(
                request.method, scope["raw_path"].decode("latin-1")
            )
            fault = self._faults.take(self._name, operation.name)
            if fault is not None:
                await asyncio.sleep(fault.delay)
                if fault.reset == "before":
                    await injection.reset(scope, receive)
                    return
                if fault.status is not None:
                    raise injection.planned_error(fault)
            self._authorize(operation, request)
            response = await self._answer(method, operation, values, request)
        except ServiceError as error:
            response = responses.failure(error)
        except ClientDisconnect:
            return
        except NotImplementedError as error:
            response = responses.failure(
                ServiceError(501, "not_implemented", f"This service does not implement {error}.")
            )
        except Exception:
            _logger.exception("%s %s failed", request.method, scope["path"])
            response = responses.failure(
                ServiceError(500, "internal_error", "The service has failed; its log says how.")
            )
        response.headers["X-Request-Id"] = (
            request.headers.get("X-Request-Id") or f"req_{uuid.uuid4().hex}"
        )
        if fault is not None:
            await injection.send_broken(fault, response, scope, receive, send)
        else:
            await response(scope, receive, send)

    def _authorize(self, operation: Operation[Any], request: Request) -> None:
        if self._token is None or not operation.authenticated:
            return
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(
            given.strip().encode(), self._token.encode()
        ):
            return
        challenge = 'Bearer realm="arp-sandbox"' + (', error="invalid_token"' if given else "")
        raise ServiceError(
            401,
            "unauthorized",
            "The bearer token is wrong." if given else "A bearer token is required.",
            headers={"WWW-Authenticate": challenge},
        )

    async def _answer(
        self, method: str, operation: Operation[Any], values: list[str], request: Request
    ) -> Response:
        arguments = http_arguments.positional(operation, values)
        if operation.body is not None:
            data = await _read(request)
            arguments.append(
                http_arguments.body(operation, data, request.headers.get("Content-Type"))
            )
        query = parse_qs(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        named = http_arguments.keywords(operation, query, request.headers)
        media_type = _stream_type(operation, request)
        value = await getattr(self._service, method)(*arguments, **named)
        if media_type is not None:
            return responses.stream(operation, value, media_type)
        return responses.success(operation, value)


async def _read(request: Request) -> bytes:
    declared = request.headers.get("Content-Length", "0")
    if declared.isdigit() and int(declared) > MAX_BODY_BYTES:
        raise _too_large()
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_BODY_BYTES:
            raise _too_large()
    return bytes(data)


def _too_large() -> ServiceError:
    message = f"The body is longer than {MAX_BODY_BYTES} bytes."
    return ServiceError(413, "payload_too_large", message)


def _stream_type(operation: Operation[Any], request: Request) -> str | None:
    if not operation.streams:
        return None
    offered = (*operation.streams, responses.NDJSON)
    chosen = preferred(request.headers.get("Accept"), offered)
    if chosen is None:
        message = f"This stream comes as {' or '.join(offered)}."
        raise ServiceError(406, "not_acceptable", message)
    return chosen
