from __future__ import annotations

from urllib.parse import urljoin, urlsplit, urlunsplit

from arp_sdk.core._call.effects import Call
from arp_sdk.core._http.messages import HttpRequest, HttpResponse
from arp_sdk.core._http.redaction import RedactedHeaders, without_secrets
from arp_sdk.core._http.urls import same_origin
from arp_sdk.errors import (
    ArpError,
    ArpRedirectError,
    RequestInfo,
)

from .errors import info

MAX_REDIRECTS = 10


_OWN_HEADERS = frozenset(
    {"user-agent", "accept", "accept-encoding", "content-type", "content-length"}
)


def _redirected(
    call: Call, request: HttpRequest, response: HttpResponse, hops: int, attempt: int
) -> HttpRequest | ArpError:
    """The request to follow a redirect with, or the error that says why not.

    The error is returned, not raised: a Location may hold secrets, and the locals here would
    stand in its traceback.
    """
    try:
        url = _as_sent(urljoin(request.url, response.headers["Location"]))
        leaves = not same_origin(url, call.home or call.base_url)
    except ValueError:
        url, leaves = "", True
    what = ""
    if hops >= MAX_REDIRECTS:
        what = f"redirect number {hops}"
    elif not url.startswith(("http://", "https://")):
        what = "a redirect to no http(s) URL"
    elif leaves and not call.options.allow_cross_origin_redirects:
        what = "a redirect to another origin"
    elif request.url.startswith("https://") and not url.startswith("https://"):
        what = "a redirect from https to http"
    # 301, 302 and 303 would turn a POST into a GET, which is another operation.
    elif response.status_code in (301, 302, 303) and request.method not in ("GET", "HEAD"):
        what = f"a redirect of a {request.method}"
    if what:
        return _redirect_error(info(request, attempt, call.effect_id), response, what)
    # What a user puts into headers is for this service alone, whatever it is called.
    headers = RedactedHeaders(
        {n: v for n, v in request.headers.items() if not leaves or n.lower() in _OWN_HEADERS}
    )
    return HttpRequest(request.operation, request.method, url, request.path, headers, request.body)


def _as_sent(url: str) -> str:
    """The URL with a path, as every request's has one, and without what is not sent."""
    parsed = urlsplit(url)
    netloc = parsed.netloc.rpartition("@")[2]
    return urlunsplit(parsed._replace(netloc=netloc, path=parsed.path or "/", fragment=""))


def _redirect_error(request: RequestInfo, response: HttpResponse, what: str) -> ArpError:
    shown = without_secrets(response.headers["Location"])
    return ArpRedirectError(
        f"[{response.status_code}] {what} was not followed: {shown}",
        status_code=response.status_code,
        location=shown,
        request=request,
        hint="Set base_url to the final URL, or allow_cross_origin_redirects=True."
        if "another origin" in what
        else "Set base_url to the final URL.",
    )
