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

import msgspec

from arp_sdk.core._call.effects import Answer, Call, Effect, Exchange, Pause, Reauthorize, Send
from arp_sdk.core._call.errors import failure_error
from arp_sdk.core._call.redirects import _redirected
from arp_sdk.core._http.headers import check_headers
from arp_sdk.core._http.messages import Failure, HttpRequest, HttpResponse
from arp_sdk.core._http.redaction import RedactedHeaders
from arp_sdk.core._http.urls import same_origin
from arp_sdk.core._options import ResponseHook
from arp_sdk.errors import (
    ArpError,
)

from . import logging as _log
from .request import build_request
from .retry import judge_failure, judge_response, pause_before


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
