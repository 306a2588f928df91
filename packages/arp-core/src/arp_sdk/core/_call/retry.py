"""Whether and when a call is sent again. No I/O, no clock of its own."""

from __future__ import annotations

import random
import threading
from typing import Any, Literal

from arp_sdk.core._contract.operation import Operation
from arp_sdk.core._fork import register
from arp_sdk.core._http.headers import retry_after
from arp_sdk.core._http.messages import Failure, HttpResponse
from arp_sdk.core._options import Options, Retries

from .errors import says_retryable


class Budget:
    """How many retries a client may spend, refilled by calls that succeed.

    While a service works, a tenth of the calls may be retries beyond the reserve; while it
    does not, the reserve runs out and calls fail at once instead of burying it.
    """

    def __init__(self, reserve: float = 64.0, refill: float = 0.1) -> None:
        self._reserve = self._left = reserve
        self._refill = refill
        self._lock = threading.Lock()
        register(self)

    def forget_after_fork(self) -> None:
        self._lock = threading.Lock()

    def spend(self) -> bool:
        with self._lock:
            if self._left < 1:
                return False
            self._left -= 1
            return True

    def refund(self) -> None:
        """Take back a retry that was spent and not made."""
        with self._lock:
            self._left = min(self._reserve, self._left + 1)

    def earn(self) -> None:
        if self._left < self._reserve:
            with self._lock:
                self._left = min(self._reserve, self._left + self._refill)


Verdict = Literal["give up", "send again", "look up first", "look up only"]


def judge_failure(operation: Operation[Any], options: Options, failure: Failure) -> Verdict:
    """What to do after an attempt that brought no answer."""
    if failure.final or failure.kind in ("deadline", "too_large"):
        return "give up"
    if not failure.sent:
        return "send again"
    return _when_ambiguous(operation, options, may_go_on=failure.kind == "timeout")


def judge_response(operation: Operation[Any], options: Options, response: HttpResponse) -> Verdict:
    """What to do after an answer, which is worth another attempt or final."""
    status = response.status_code
    if status < 400:
        return "give up"
    if status not in options.retries.statuses and not says_retryable(response):
        return "give up"
    # A service that says when to come back has refused the request, not half done it.
    if status == 429 or (status == 503 and retry_after(response) is not None):
        return "send again"
    return _when_ambiguous(operation, options, may_go_on=status == 504)


def _when_ambiguous(operation: Operation[Any], options: Options, may_go_on: bool) -> Verdict:
    """What to do when the request may have taken effect, or may yet (`may_go_on`)."""
    # To ask is better than the caller's word: services differ in what a repeated key does.
    if operation.effect_key is not None:
        # A service that still works on a request may not know of its effect yet.
        return "look up only" if may_go_on else "look up first"
    return "send again" if operation.idempotent or options.idempotent else "give up"


def pause_before(options: Options, retry: int, outcome: HttpResponse | Failure) -> float | None:
    """Seconds to wait before retry number `retry` (from 0), or None to give up instead."""
    policy = options.retries
    wanted = None if isinstance(outcome, Failure) else retry_after(outcome)
    if wanted is not None:
        return None if wanted > policy.retry_after_limit else max(0.0, wanted)
    return backoff(policy, retry)


def backoff(policy: Retries, retry: int) -> float:
    """Seconds to wait before retry number `retry` (from 0), where nobody asks for a time."""
    # Full jitter: clients that failed together must not come back together.
    return random.uniform(0.0, min(policy.backoff_limit, policy.backoff * 2**retry))  # noqa: S311
