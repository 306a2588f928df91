"""One call, from the built request to its final response, as a generator without I/O."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from inspect import iscoroutine

import msgspec

from arp_sdk.core._auth import Credentials
from arp_sdk.core._http.headers import check_headers
from arp_sdk.core._http.messages import Failure, HttpRequest, HttpResponse
from arp_sdk.core._http.redaction import RedactedHeaders
from arp_sdk.core._http.urls import same_origin
from arp_sdk.core._options import RequestHook, ResponseHook
from arp_sdk.errors import ArpConfigError, ArpError

from . import logging as attempt_log
from .effects import Call, CallResult, Pause, Reauthorize, Send, Steps
from .errors import failure_error
from .redirects import is_redirect, redirected
from .request import build_request
from .retry import judge_failure, judge_response, pause_before

_NO_CREDENTIALS = Credentials()


def call_steps(
    call: Call, request: HttpRequest, deadline: float | None = None
) -> Steps[CallResult]:
    """Send a request until there is a final response, no retry is left, or time is up.

    Time is up at `deadline`, by the call's clock; by default when the options' deadline has passed.

    Returns:
        The final response, which may have an error status.

    Raises:
        ArpConnectionError, ArpTimeoutError: If no response came.
        ArpDecodeError: If the response is not HTTP, or not compressed as it says.
        ArpRedirectError: If a redirect was not followed.
    """
    call.started = call.clock()
    if deadline is None:
        deadline = call.started + call.options.deadline
    retry = 0
    reauthorized = looking = sent = False
    outcome: HttpResponse | Failure = Failure("deadline", "nothing was sent", sent=False)
    while True:
        if not looking:
            call.attempts += 1
            outcome = yield from _attempt(call, request, deadline)
            # A later attempt that does not arrive does not undo an earlier one that may have.
            sent = sent or not isinstance(outcome, Failure) or outcome.sent
        if isinstance(outcome, Failure):
            outcome = msgspec.structs.replace(outcome, sent=sent)
            verdict = judge_failure(call.operation, call.options, outcome)
        else:
            if outcome.status_code == 401 and not reauthorized:
                reauthorized = True
                if (yield Reauthorize(call.credentials)):
                    continue
            verdict = judge_response(call.operation, call.options, outcome)
        pause = None
        if verdict != "give up" and retry < call.options.retries.limit:
            pause = pause_before(call.options, retry, outcome)
        if pause is None or call.clock() + pause >= deadline or not call.budget.spend():
            return _final(call, request, outcome)
        looks_up = call.is_look_up or verdict != "send again"
        attempt_log.retry(request, outcome, retry + 1, pause, look_up=looks_up)
        try:
            yield Pause(pause)
        except BaseException:
            call.budget.refund()
            raise
        retry += 1
        looking = verdict == "look up only"
        if looking or verdict == "look up first":
            found = yield from _look_up(call, deadline)
            if found is None:
                return _final(call, request, outcome)
            if found.response.status_code != 404:
                return found


def _final(call: Call, request: HttpRequest, outcome: HttpResponse | Failure) -> CallResult:
    if isinstance(outcome, Failure):
        raise failure_error(call, request, outcome)
    if outcome.status_code < 500:
        call.budget.earn()
    return CallResult(call, request, outcome)


def _look_up(call: Call, deadline: float) -> Steps[CallResult | None]:
    """Ask the service if an ambiguous attempt took effect.

    Returns:
        The response that shows the effect, or a 404 that rules it out; None where the service
        says neither, so that sending again could repeat the effect.
    """
    key = call.operation.effect_key
    if key is None or key.lookup is None or call.effect_id is None:
        return None
    look_up = msgspec.structs.replace(call, operation=key.lookup, attempts=0, is_look_up=True)
    try:
        request = build_request(
            key.lookup, call.base_url, path=(call.effect_id,), default_headers=call.headers
        )
        result = yield from call_steps(look_up, request, deadline)
    except ArpError:
        return None
    status = result.response.status_code
    if status != 404 and not 200 <= status < 300:
        return None
    look_up.attempts += call.attempts
    return result


def _attempt(call: Call, request: HttpRequest, deadline: float) -> Steps[HttpResponse | Failure]:
    """Send a request once, and follow redirects within what is allowed."""
    options = call.options
    stream = call.operation.events is not None
    target = request
    # Credentials are never added back once a chain of redirects has left the origin.
    on_origin = True
    for hops in itertools.count(1):
        if options.on_request is not None:
            target = _hooked(options.on_request, target, keep=on_origin and call.own_origin)
        outcome: HttpResponse | Failure = yield Send(
            target,
            options,
            deadline,
            call.credentials if on_origin else _NO_CREDENTIALS,
            on_origin and call.own_origin,
            stream,
            call.until,
        )
        attempt_log.attempt(
            target, outcome, call.attempts, options.log_bodies, look_up=call.is_look_up
        )
        if isinstance(outcome, Failure):
            return outcome
        if options.on_response is not None:
            _report(options.on_response, target, outcome)
        if not is_redirect(outcome):
            return outcome
        following = redirected(call, target, outcome, hops)
        if isinstance(following, ArpError):
            raise following
        target = following
        on_origin = on_origin and same_origin(target.url, call.base_url)
    raise AssertionError("unreachable")


def _hooked(hook: RequestHook, request: HttpRequest, keep: bool) -> HttpRequest:
    """Show a request to a hook, and return it as the hook left it.

    Headers that a hook adds are for the caller's own origin: elsewhere it gets a copy.
    """
    if not keep:
        _call(hook, msgspec.structs.replace(request, headers=RedactedHeaders(request.headers)))
        return request
    before = RedactedHeaders(request.headers)
    _call(hook, request)
    if request.headers != before:
        check_headers(request.headers)
    return request


def _call(hook: Callable[..., object], *arguments: object) -> None:
    made = hook(*arguments)
    # A decorator may hide from the options that the function is an `async def`.
    if iscoroutine(made):
        made.close()
        raise ArpConfigError("a hook must be a plain function: nobody would await it")


def _report(hook: ResponseHook, request: HttpRequest, response: HttpResponse) -> None:
    try:
        _call(hook, request, response)
    except BaseException:
        if response.source is not None:
            response.source.close()
        raise
