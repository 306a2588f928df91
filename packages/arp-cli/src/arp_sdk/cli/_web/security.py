"""Protection of the page against other web sites: its secret, its Host, its Origin, its content."""

from __future__ import annotations

import hmac

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Nothing from elsewhere, no code in the page itself, and no frame around it.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    # Not `no-referrer`, at which browsers send `Origin: null` with the page's own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Lets requests pass that the page itself makes.

    The first segment of the path must be the secret, the Host this machine with the right port,
    and the Origin, if there is one, that of the page. A request that changes something must have
    an Origin, which browsers always send with it.
    """

    def __init__(self, app: ASGIApp, secret: str, port: int) -> None:
        self._app = app
        self._secret = secret.encode()
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    def __repr__(self) -> str:
        return f"Guard({self._hosts!r})"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        if self._is_allowed(scope):
            _, _, rest = scope["path"][1:].partition("/")
            inner = {**scope, "path": f"/{rest}", "raw_path": None, "root_path": ""}
            await self._app(inner, receive, protected)
        else:
            refusal = PlainTextResponse("This is not the address of the page.\n", 403)
            await refusal(scope, receive, protected)

    def _is_allowed(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        given = scope["path"][1:].partition("/")[0].encode()
        changes = scope["method"] not in ("GET", "HEAD")
        return (
            host in self._hosts
            and hmac.compare_digest(given, self._secret)
            and (origin == f"http://{host}" if changes or origin is not None else True)
        )
