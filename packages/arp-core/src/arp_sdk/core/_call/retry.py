"""Rules for retries: if a call is sent again, and after how long."""

from __future__ import annotations

import random
from typing import Any, Literal

from arp_sdk.core._contract.operation import Operation
from arp_sdk.core._http.headers import retry_after
from arp_sdk.core._http.messages import Failure, HttpResponse
from arp_sdk.core._options import Options, Retries

from .error_body import says_retryable

Verdict = Literal["give up", "send again", "look up first", "look up only"]


def judge_failure(operation: Operation[Any], options: Options, failure: Failure) -> Verdict:
    """Decide what follows an attempt that brought no response."""
    if failure.final or failure.kind in ("deadline", "too_large"):
        return "give up"
    if not failure.sent:
        return "send again"
    return _when_ambiguous(operation, options, may_go_on=failure.kind == "timeout")


def judge_response(operation: Operation[Any], options: Options, response: HttpResponse) -> Verdict:
    """Decide what follows a response: another attempt, or nothing."""
    status = response.status_code
    if status < 400:
        return "give up"
    retryable = says_retryable(response)
    if retryable is False or (status not in options.retries.statuses and not retryable):
        return "give up"
    # A service that says when to come back has refused the request without acting on it.
    if status == 429 or (status == 503 and retry_after(response) is not None):
        return "send again"
    return _when_ambiguous(operation, options, may_go_on=status == 504)


def _when_ambiguous(operation: Operation[Any], options: Options, may_go_on: bool) -> Verdict:
    """Decide what follows an attempt that may have taken effect, or may yet (`may_go_on`)."""
    # Asking beats the caller's word: services differ in what a repeated key does.
    if operation.effect_key is not None and operation.effect_key.lookup is None:
        return "send again"
    if operation.effect_key is not None:
        # A service that is still working on a request may not know its effect yet.
        return "look up only" if may_go_on else "look up first"
    return "send again" if operation.idempotent or options.idempotent else "give up"


def pause_before(options: Options, retry: int, outcome: HttpResponse | Failure) -> float | None:
    """Return the seconds before retry number `retry` (from 0), or None to give up instead."""
    policy = options.retries
    wanted = None if isinstance(outcome, Failure) else retry_after(outcome)
    if wanted is not None:
        return None if wanted > policy.retry_after_limit else max(0.0, wanted)
    return backoff(policy, retry)


def backoff(policy: Retries, retry: int) -> float:
    """Return random seconds before retry number `retry` (from 0) of an exponential backoff."""
    # Full jitter: clients that failed together must not come back together.
    return random.uniform(0.0, min(policy.backoff_limit, policy.backoff * 2**retry))  # noqa: S311
