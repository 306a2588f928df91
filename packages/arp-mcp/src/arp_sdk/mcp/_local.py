"""Addresses of this machine, and requests that come from pages of other sites."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class LocalOnly:
    """An application that refuses requests that a page of another site may have sent.

    A page can send requests to this machine under a name of its own (DNS rebinding), so the `Host`
    and `Origin` headers must name this machine.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not all(_is_local(*each) for each in scope["headers"]):
            headers = [(b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self._app(scope, receive, send)


def _is_local(name: bytes, value: bytes) -> bool:
    if name not in (b"host", b"origin"):
        return True
    text = value.decode("latin-1")
    try:
        host = urlsplit(f"//{text}" if name == b"host" else text).hostname
    except ValueError:
        return False
    return host in LOOPBACK
