"""One call, from the built request to its final answer, as a generator without I/O.

It yields what is to be done (`Send`, `Pause`, `Authorize`) and is sent what came of it. A
driver does the sending and the sleeping: `arp_sdk.core` has one for threads, and one for
asyncio needs no second copy of any decision made here.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Generator
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import msgspec

from arp_sdk.errors import (
    ArpConnectionError,
    ArpDecodeError,
    ArpError,
    ArpRedirectError,
    ArpResponseTooLargeError,
    ArpTimeoutError,
    RequestInfo,
)

from . import _log
from ._messages import HttpRequest, HttpResponse
from ._operation import Operation
from ._options import Options, ResponseHook
from ._redact import RedactedHeaders
from ._request import build_request, check_headers
from ._response import info
from ._retry import Budget, Failure, judge_failure, judge_response, pause_before
from ._shown import without_secrets
from ._url import same_origin

MAX_REDIRECTS = 10
_OWN_HEADERS = frozenset(
    {"user-agent", "accept", "accept-encoding", "content-type", "content-length"}
)


class Send(msgspec.Struct, frozen=True):
    """Send a request and read the answer to its end, or only its head for a stream."""

    request: HttpRequest
    options: Options
    deadline: float
    with_credentials: bool = True
    stream: bool = False

    def leaves_body(self, status: int) -> bool:
        """Whether the body of an answer with this status is left to be read."""
        return self.stream and 200 <= status < 300


class Pause(msgspec.Struct, frozen=True):
    """Sleep."""

    seconds: float


class Reauthorize(msgspec.Struct, frozen=True):
    """Ask the token provider for a new token. The outcome is whether there is one."""


Effect = Send | Pause | Reauthorize
Exchange = Generator[Effect, Any, "Answer"]


class Answer(msgspec.Struct, frozen=True):
    """The final answer of a call, and the request that brought it.

    Attributes:
        operation: What it answers; a look-up where that stands in for the call.
        request: The request.
        response: The answer.
        attempts: How many times something was sent.
        effect_id: What identifies the effect of the call, or None.
    """

    operation: Operation[Any]
    request: HttpRequest
    response: HttpResponse
    attempts: int
    effect_id: str | None = None


class Call(msgspec.Struct, frozen=True):
    """What one call needs besides its request.

    Attributes:
        operation: The operation.
        base_url: Where the service is.
        options: The client's.
        budget: The client's.
        effect_id: What identifies the effect of a POST that can be looked up, or None.
        home: The origin that credentials may be sent to, where it is not that of `base_url`.
    """

    operation: Operation[Any]
    base_url: str
    options: Options
    budget: Budget
    effect_id: str | None = None
    home: str | None = None


def exchange(call: Call, request: HttpRequest, deadline: float | None = None) -> Exchange:
    """Send a request until it is answered, given up or out of time.

    Args:
        call: What the call needs besides its request.
        request: The request.
        deadline: When to give up, by `time.monotonic()`; by default the options' deadline
            from now.

    Returns:
        The final answer, an error status included.

    Raises:
        ArpConnectionError, ArpTimeoutError, ArpDecodeError, ArpRedirectError.
    """
    if deadline is None:
        deadline = time.monotonic() + call.options.deadline
    retry = attempts = 0
    reauthorized = looking = sent = False
    outcome: HttpResponse | Failure = Failure("deadline", "nothing was sent", sent=False)
    while True:
        if not looking:
            attempts += 1
            outcome = yield from _send(call, request, deadline, attempts)
            # Once it may have arrived, a later attempt that does not makes it no less so.
            sent = sent or not isinstance(outcome, Failure) or outcome.sent
        if isinstance(outcome, Failure):
            outcome = msgspec.structs.replace(outcome, sent=sent)
            verdict = judge_failure(call.operation, call.options, outcome)
        else:
            if outcome.status_code == 401 and not reauthorized:
                reauthorized = True
                if (yield Reauthorize()):
                    continue
            verdict = judge_response(call.operation, call.options, outcome)
        pause = None
        if verdict != "give up" and retry < call.options.retries.limit:
            pause = pause_before(call.options, retry, outcome)
        if pause is None or time.monotonic() + pause >= deadline or not call.budget.spend():
            return _final(call, request, outcome, attempts)
        try:
            yield Pause(pause)
        except BaseException:
            call.budget.refund()
            raise
        retry += 1
        looking = verdict == "look up only"
        if looking or verdict == "look up first":
            found = yield from _look_up(call, deadline, attempts)
            if found is None:
                return _final(call, request, outcome, attempts)
            if found.response.status_code != 404:
                return found


def _final(
    call: Call, request: HttpRequest, outcome: HttpResponse | Failure, attempts: int
) -> Answer:
    if isinstance(outcome, Failure):
        raise failure_error(request, outcome, attempts, call.effect_id)
    if outcome.status_code < 500:
        call.budget.earn()
    return Answer(call.operation, request, outcome, attempts, call.effect_id)


def _look_up(call: Call, deadline: float, attempts: int) -> Generator[Effect, Any, Answer | None]:
    """Ask whether an ambiguous attempt took effect.

    Returns:
        The answer that shows the effect, or a 404 that rules it out; None where the service
        says neither, so that sending again could repeat the effect.
    """
    key = call.operation.effect_key
    if key is None or call.effect_id is None:
        return None
    lookup = Call(key.lookup, call.base_url, call.options, call.budget)
    try:
        request = build_request(
            key.lookup, call.base_url, path=(call.effect_id,), default_headers=call.options.headers
        )
        answer = yield from exchange(lookup, request, deadline)
    except ArpError:
        return None
    status = answer.response.status_code
    if status != 404 and not 200 <= status < 300:
        return None
    return msgspec.structs.replace(
        answer, request=request, attempts=attempts + answer.attempts, effect_id=call.effect_id
    )


def _send(
    call: Call, request: HttpRequest, deadline: float, attempt: int
) -> Generator[Effect, Any, HttpResponse | Failure]:
    """One attempt: sent, and redirected within what is allowed."""
    options = call.options
    stream = call.operation.events is not None
    target = request
    home = call.home or call.base_url
    for hops in itertools.count(1):
        if options.on_request is not None:
            before = RedactedHeaders(target.headers)
            options.on_request(target)
            if target.headers != before:
                check_headers(target.headers)
        outcome: HttpResponse | Failure = yield Send(
            target, options, deadline, with_credentials=same_origin(target.url, home), stream=stream
        )
        _log.attempt(target, outcome, attempt, options.log_bodies)
        if isinstance(outcome, Failure):
            return outcome
        if options.on_response is not None:
            _tell(options.on_response, target, outcome)
        if (
            outcome.status_code not in (301, 302, 303, 307, 308)
            or "Location" not in outcome.headers
        ):
            return outcome
        following = _redirected(call, target, outcome, hops, attempt)
        if isinstance(following, ArpError):
            raise following
        target = following
    raise AssertionError("unreachable")


def _tell(hook: ResponseHook, request: HttpRequest, response: HttpResponse) -> None:
    try:
        hook(request, response)
    except BaseException:
        if response.source is not None:
            response.source.close()
        raise


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


def failure_error(
    request: HttpRequest, failure: Failure, attempts: int, effect_id: str | None = None
) -> ArpError:
    """The error that a failed attempt means."""
    about = info(request, attempts, effect_id)
    if failure.kind == "too_large":
        return ArpResponseTooLargeError(
            failure.message,
            subject="response",
            status_code=failure.status_code,
            request=about,
            hint="Raise max_response_bytes= if an answer of that size is expected.",
        )
    if failure.kind == "protocol":
        return ArpDecodeError(
            failure.message, subject="response", status_code=failure.status_code, request=about
        )
    hint: str | None = "Check that the service is up and that base_url is right."
    if failure.sent or failure.final:
        hint = "The request may have taken effect." if failure.sent else None
    kind = ArpConnectionError if failure.kind == "connection" else ArpTimeoutError
    return kind(failure.message, sent=failure.sent, request=about, hint=hint)
