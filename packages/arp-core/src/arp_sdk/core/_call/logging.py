"""Log lines under the logger `arp_sdk`, without secrets: DEBUG for attempts, INFO for retries."""

from __future__ import annotations

import logging

from arp_sdk.core._http.messages import Failure, HttpRequest, HttpResponse
from arp_sdk.core._http.redaction import without_secret_members
from arp_sdk.core._http.urls import host_and_port

logger = logging.getLogger("arp_sdk")

# Bytes of a body that are shown.
_BODY_LIMIT = 2000


def attempt(
    request: HttpRequest,
    outcome: HttpResponse | Failure,
    number: int,
    bodies: bool,
    *,
    look_up: bool = False,
) -> None:
    """Log an attempt."""
    if not logger.isEnabledFor(logging.DEBUG):
        return
    which = "look-up" if look_up else "attempt"
    if isinstance(outcome, Failure):
        logger.debug(
            "%s %s failed (%s) %s %d: %s",
            request.method,
            request.path,
            outcome.kind,
            which,
            number,
            outcome.message,
        )
        return
    logger.debug(
        "%s %s %d %.1f ms %s %d",
        request.method,
        request.path,
        outcome.status_code,
        outcome.elapsed * 1000,
        which,
        number,
    )
    if bodies:
        logger.debug("sent %r", _shown(request.body or b""))
        logger.debug("received %r", _shown(outcome.body))


def retry(
    request: HttpRequest,
    outcome: HttpResponse | Failure,
    number: int,
    pause: float,
    *,
    look_up: bool = False,
) -> None:
    """Log that a request will be sent again."""
    if not logger.isEnabledFor(logging.INFO):
        return
    logger.info(
        "%s %s at %s: %s; %s %d in %.2f s",
        request.method,
        request.path,
        host_and_port(request.url),
        outcome.message if isinstance(outcome, Failure) else f"status {outcome.status_code}",
        "look-up for retry" if look_up else "retry",
        number,
        pause,
    )


def _shown(body: bytes) -> str:
    """Return the beginning of a body, without the values of members that are named like secrets."""
    shown = without_secret_members(body[:_BODY_LIMIT].decode("utf-8", "replace"))
    return f"{shown}..." if len(body) > _BODY_LIMIT else shown
