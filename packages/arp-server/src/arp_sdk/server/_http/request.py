"""The request that a service is responding to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from functools import cached_property
from typing import Any
from uuid import uuid4

Scope = MutableMapping[str, Any]
"""The facts about a connection or request that a server passes to an application (ASGI 3)."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
"""The function by which an application receives the messages of a request (ASGI 3)."""

Send = Callable[[Message], Awaitable[None]]
"""The function by which an application sends the messages of a response (ASGI 3)."""

Application = Callable[[Scope, Receive, Send], Awaitable[None]]
"""An ASGI application, such as middleware around a service."""

_LONGEST_ID = 128


class Request:
    """The request that a service is responding to, besides its typed arguments.

    Attributes:
        scope: The ASGI scope.
        method: HTTP method.
        caller: What the authentication has returned for the caller, or None.
        response_headers: Further headers of the response, for the service to set.
        response_status: The success status of the response, for the service to choose if the
            contract lists several. None means the first one.
    """

    caller: object = None
    response_status: int | None = None

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.response_headers: dict[str, str] = {}

    @cached_property
    def headers(self) -> dict[str, str]:
        """The request headers, by lower-case name; of several, the first."""
        found: dict[str, str] = {}
        for name, value in self.scope["headers"]:
            found.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
        return found

    @cached_property
    def path(self) -> str:
        """The path below the application's mount point, still percent-encoded."""
        scope = self.scope
        raw = scope.get("raw_path") or _quoted(scope["path"])
        path: str = raw.decode("latin-1").partition("?")[0]
        root: str = scope.get("root_path") or ""
        return path[len(root) :] if root and path.startswith(f"{root}/") else path

    @cached_property
    def id(self) -> str:
        """The identifier of the request: a usable `X-Request-Id` of the client, or a new one."""
        given = self.headers.get("x-request-id", "")
        usable = 0 < len(given) <= _LONGEST_ID and given.isascii() and given.isprintable()
        return given if usable else f"req_{uuid4().hex}"


def _quoted(path: str) -> bytes:
    from urllib.parse import quote

    return quote(path, safe="/:@!$&'()*+,;=~").encode()


_current: ContextVar[Request] = ContextVar("arp_sdk.server.request")


def current_request() -> Request:
    """Return the request that the calling method of a service is responding to.

    Raises:
        LookupError: Outside of a request.
    """
    return _current.get()


set_request = _current.set
reset_request = _current.reset
