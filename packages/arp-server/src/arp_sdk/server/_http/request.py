"""The request that a service is responding to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from itertools import islice
from os import urandom
from typing import Any
from urllib.parse import quote, unquote, urlsplit

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
# Segments of the path of a mount point.
_DEEPEST_MOUNT = 16


class Request:
    """The request that a service is responding to, besides its typed arguments.

    Attributes:
        scope: The ASGI scope.
        method: HTTP method.
        path: The path below the application's mount point, still percent-encoded.
        caller: What the authentication has returned for the caller, or None.
        response_headers: Further headers of the response, for the service to set.
        response_status: The success status of the response, for the service to choose if the
            contract lists several. None means the first one.
        has_started: True if the response has started.
    """

    caller: object = None
    has_started: bool = False
    response_status: int | None = None

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path = _path(scope)
        self._id: str | None = None
        self.response_headers: dict[str, str] = {}

    @property
    def headers(self) -> dict[str, str]:
        """The request headers, by lower-case name; of several, the first."""
        found: dict[str, str] = {}
        for name, value in self.scope["headers"]:
            found.setdefault(name.decode("latin-1"), value.decode("latin-1"))
        return found

    def header(self, name: bytes) -> str | None:
        """Return a request header, given its name in lower case; of several, the first."""
        for known, value in self.scope["headers"]:
            if known == name:
                text: str = value.decode("latin-1")
                return text
        return None

    @property
    def id(self) -> str:
        """The `X-Request-Id` of the client if it is usable, or else a new identifier."""
        if self._id is None:
            given = self.header(b"x-request-id") or ""
            usable = 0 < len(given) <= _LONGEST_ID and given.isascii() and given.isprintable()
            self._id = given if usable else f"req_{urandom(16).hex()}"
        return self._id


def _path(scope: Scope) -> str:
    raw = scope.get("raw_path") or _quoted(scope["path"])
    path: str = raw.decode("latin-1").partition("?")[0]
    if not path.startswith("/"):
        # The absolute form, which a server has to accept (RFC 9112, 3.2.2).
        path = urlsplit(path).path
    else:
        path = _below_mount(path, scope["path"].rstrip("/"))
    root: str = scope.get("root_path") or ""
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


def _below_mount(path: str, decoded: str) -> str:
    """Return the part of a path that the decoded one is of: Litestar shortens only that one."""
    if unquote(path).rstrip("/") == decoded:
        return path
    tails = (path[start:] for start, character in enumerate(path) if character == "/")
    mounted = (
        each for each in islice(tails, _DEEPEST_MOUNT) if unquote(each).rstrip("/") == decoded
    )
    return next(mounted, path)


def _quoted(path: str) -> bytes:
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
