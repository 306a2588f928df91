"""One DEBUG line an attempt under the logger `arp_sdk`, without secrets."""

from __future__ import annotations

import logging
import re

from arp_sdk.core._http.messages import Failure, HttpRequest, HttpResponse

logger = logging.getLogger("arp_sdk")

_BODY_LIMIT = 2000
_SECRET_MEMBER = re.compile(
    rb'("[^"]*(?:token|secret|password|passwd|authorization|api_?-?key|cookie)[^"]*"\s*:\s*)'
    rb'"(?:[^"\\]|\\.)*"?',
    re.I,
)


def attempt(
    request: HttpRequest, outcome: HttpResponse | Failure, number: int, bodies: bool
) -> None:
    if not logger.isEnabledFor(logging.DEBUG):
        return
    if isinstance(outcome, Failure):
        logger.debug(
            "%s %s failed (%s) attempt %d: %s",
            request.method,
            request.path,
            outcome.kind,
            number,
            outcome.message,
        )
        return
    logger.debug(
        "%s %s %d %.1f ms attempt %d",
        request.method,
        request.path,
        outcome.status_code,
        outcome.elapsed * 1000,
        number,
    )
    if bodies:
        logger.debug("sent %r", _shown(request.body or b""))
        logger.debug("received %r", _shown(outcome.body))


def _shown(body: bytes) -> bytes:
    """The beginning of a body, without the values of members that are named like secrets."""
    return _SECRET_MEMBER.sub(rb'\1"<redacted>"', body[:_BODY_LIMIT])
