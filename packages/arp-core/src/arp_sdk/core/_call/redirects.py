"""Rules for following a redirect."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit, urlunsplit

from arp_sdk.core._http.messages import HttpRequest, HttpResponse
from arp_sdk.core._http.redaction import RedactedHeaders, without_secrets
from arp_sdk.core._http.urls import same_origin
from arp_sdk.errors import ArpError, ArpRedirectError

from .effects import Call
from .errors import request_info

MAX_REDIRECTS = 10
_OWN_HEADERS = frozenset(
    {"user-agent", "accept", "accept-encoding", "content-type", "content-length"}
)


def is_redirect(response: HttpResponse) -> bool:
    """Return True for a status that redirects and a header that says where to."""
    return response.status_code in (301, 302, 303, 307, 308) and "Location" in response.headers


def redirected(
    call: Call, request: HttpRequest, response: HttpResponse, hops: int
) -> HttpRequest | ArpError:
    """Return the request that follows a redirect, or the error that says why none does.

    The error is returned, not raised: a Location may hold secrets, and a traceback would show
    the locals of this function.
    """
    try:
        url = _as_sent(urljoin(request.url, response.headers["Location"]))
        leaves = not same_origin(url, call.base_url)
    except ValueError:
        url, leaves = "", True
    refused = ""
    if hops >= MAX_REDIRECTS:
        refused = f"redirect number {hops}"
    elif not url.startswith(("http://", "https://")):
        refused = "a redirect to a URL that is not http(s)"
    elif leaves and not call.options.allow_cross_origin_redirects:
        refused = "a redirect to another origin"
    elif request.url.startswith("https://") and not url.startswith("https://"):
        refused = "a redirect from https to http"
    # 301, 302 and 303 would turn a POST into a GET, which is another operation.
    elif response.status_code in (301, 302, 303) and request.method not in ("GET", "HEAD"):
        refused = f"a redirect of a {request.method}"
    if refused:
        return _redirect_error(call, request, response, refused)
    # Headers that the caller set are for the caller's own origin alone, whatever they are called.
    headers = RedactedHeaders(
        {n: v for n, v in request.headers.items() if not leaves or n.lower() in _OWN_HEADERS}
    )
    return HttpRequest(request.operation, request.method, url, request.path, headers, request.body)


def _as_sent(url: str) -> str:
    """Return the URL with a path, and without user-info and fragment, which are never sent."""
    parsed = urlsplit(url)
    netloc = parsed.netloc.rpartition("@")[2]
    return urlunsplit(parsed._replace(netloc=netloc, path=parsed.path or "/", fragment=""))


def _redirect_error(
    call: Call, request: HttpRequest, response: HttpResponse, refused: str
) -> ArpError:
    shown = without_secrets(response.headers["Location"])
    return ArpRedirectError(
        f"[{response.status_code}] {refused} was not followed: {shown}",
        status_code=response.status_code,
        location=shown,
        request=request_info(call, request, response),
        hint="Set base_url to the final URL, or allow_cross_origin_redirects=True."
        if "another origin" in refused
        else "Set base_url to the final URL.",
    )
